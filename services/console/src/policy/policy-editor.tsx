import type { DefinitionAnswer } from '@opsloop/contracts';
import { useMemo, type ReactNode } from 'react';
import { BacktestSection } from '../backtest/backtest-section.js';
import { useDefinitionCheck } from '../definition/definition-check.js';
import { DefinitionEditor } from '../definition/definition-editor.js';
import { FieldHelp } from '../definition/field-help.js';
import { useWords } from '../language/language.js';
import { readPolicyDraft } from './policy-draft.js';
import { PolicyForm } from './policy-form.js';
import { policyWords } from './policy-words.js';
import styles from './policy.module.css';
import { takeLimit } from './take-limit.js';

const fields = ['metric', 'aggregate', 'window', 'target', 'threshold', 'hold', 'keepOpen', 'repeat', 'noData', 'scenarios', 'receivers', 'tests'] as const;

interface PolicyEditorProps {
  readonly text: string;
  /** The text in force; empty for a new policy. */
  readonly saved: string;
  readonly edited?: { readonly name: string; readonly version: number };
  readonly overtaken?: ReactNode;
  readonly readOnly?: boolean;
  readonly beside?: ReactNode;
  onChange(text: string): void;
  onSaved(policy: DefinitionAnswer): void;
}

/** The text on the left, with what saving it would change; on the right what it would have done. */
export function PolicyEditor({ text, saved, edited, overtaken, readOnly = false, beside, onChange, onSaved }: PolicyEditorProps) {
  const words = useWords(policyWords);
  const check = useDefinitionCheck('policies', text);
  const { usable } = check;
  const draft = useMemo(() => readPolicyDraft(usable ?? ''), [usable]);
  return (
    <div className={styles['editing']}>
      <DefinitionEditor
        path="policies"
        text={text}
        saved={saved}
        edited={edited}
        overtaken={overtaken}
        check={check}
        readOnly={readOnly}
        form={<PolicyForm text={text} readOnly={readOnly} onChange={onChange} />}
        help={<FieldHelp title={words.fields} fields={fields.map((field) => [field, words[`f_${field}`]])} />}
        beside={beside}
        onChange={onChange}
        onSaved={onSaved}
      />
      <BacktestSection draft={draft} text={usable} stale={usable !== text} onTake={readOnly ? undefined : (level, limit) => onChange(takeLimit(text, level, limit))} />
    </div>
  );
}
