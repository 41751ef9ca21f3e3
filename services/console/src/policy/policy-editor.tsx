import { useMemo } from 'react';
import { BacktestSection } from '../backtest/backtest-section.js';
import { useDefinitionCheck } from '../definition/definition-check.js';
import { DefinitionEditor, type DefinitionEditorProps } from '../definition/definition-editor.js';
import { FieldHelp } from '../definition/field-help.js';
import { useWords } from '../language/language.js';
import { readPolicyDraft } from './policy-draft.js';
import { PolicyForm } from './policy-form.js';
import { policyWords } from './policy-words.js';
import styles from './policy.module.css';
import { takeLimit } from './take-limit.js';

const fields = ['metric', 'aggregate', 'window', 'target', 'threshold', 'hold', 'keepOpen', 'repeat', 'noData', 'scenarios', 'receivers', 'tests'] as const;

type PolicyEditorProps = Omit<DefinitionEditorProps, 'path' | 'check' | 'form' | 'help'>;

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
