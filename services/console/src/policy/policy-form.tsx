import { FieldForm, type FormField } from '../definition/field-form.js';
import { readField } from '../definition/set-field.js';
import { useWords } from '../language/language.js';
import { levelWords } from '../level/level-words.js';
import { policyWords } from './policy-words.js';

const levels = ['info', 'warn', 'critical'] as const;
/** Kinds that say their levels in fields of their own. */
const ownLevels = new Set(['absence', 'composite', 'log-pattern']);

export function PolicyForm({ text, readOnly, onChange }: { readonly text: string; readonly readOnly: boolean; onChange(text: string): void }) {
  const words = useWords(policyWords);
  const names = useWords(levelWords);
  if (readField(text, 'Policy', ['kind']) === undefined) return null;
  const limits: readonly FormField[] = [
    ...levels.map((level) => ({ path: ['spec', 'threshold', level], label: names[level], placeholder: '> 80' })),
    { path: ['spec', 'threshold', 'recover'], label: words.recover, placeholder: '< 70' },
  ];
  const fields: readonly FormField[] = [
    ...(ownLevels.has(readField(text, 'Policy', ['spec', 'kind']) ?? 'threshold') ? [] : limits),
    { path: ['spec', 'window'], label: words.window, placeholder: '1m' },
    { path: ['spec', 'hold'], label: words.hold, placeholder: '0s' },
  ];
  return <FieldForm kind="Policy" text={text} fields={fields} readOnly={readOnly} onChange={onChange} />;
}
