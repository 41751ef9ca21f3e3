import { TextInput } from '@mantine/core';
import { useId } from 'react';
import { useWords } from '../language/language.js';
import { levelWords } from '../level/level-words.js';
import styles from './policy.module.css';
import { policyWords } from './policy-words.js';
import { readField, setField } from './set-field.js';

const levels = ['info', 'warn', 'critical'] as const;
/** Kinds that say their levels in fields of their own. */
const ownLevels = new Set(['absence', 'composite', 'log-pattern']);

/** The fields that are changed most; each writes into the text, and the text fills each. */
export function PolicyForm({ text, readOnly, onChange }: { readonly text: string; readonly readOnly: boolean; onChange(text: string): void }) {
  const words = useWords(policyWords);
  const names = useWords(levelWords);
  if (readField(text, ['kind']) !== 'Policy') return null;
  const field = (path: readonly string[], label: string, placeholder: string) => <Field key={path.join('.')} label={label} placeholder={placeholder} value={readField(text, path) ?? ''} readOnly={readOnly} onChange={(value) => onChange(setField(text, path, value))} />;
  return (
    <fieldset className={styles['form']} aria-label={words.form}>
      {ownLevels.has(readField(text, ['spec', 'kind']) ?? 'threshold') ? null : [...levels.map((level) => field(['spec', 'threshold', level], names[level], '> 80')), field(['spec', 'threshold', 'recover'], words.recover, '< 70')]}
      {field(['spec', 'window'], words.window, '1m')}
      {field(['spec', 'hold'], words.hold, '0s')}
    </fieldset>
  );
}

function Field({ label, placeholder, value, readOnly, onChange }: { readonly label: string; readonly placeholder: string; readonly value: string; readonly readOnly: boolean; onChange(value: string): void }) {
  const id = useId();
  return <TextInput id={id} size="xs" label={label} placeholder={placeholder} value={value} readOnly={readOnly} onChange={(event) => onChange(event.currentTarget.value)} />;
}
