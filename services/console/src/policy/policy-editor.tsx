import { Button } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import type { DefinitionAnswer, PlanAnswer } from '@opsloop/contracts';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState, type ReactNode } from 'react';
import { apiSend } from '../api/client.js';
import { BacktestSection } from '../backtest/backtest-section.js';
import { useWords } from '../language/language.js';
import { Section } from '../page/page.js';
import { pageWords } from '../page/page-words.js';
import { ProblemNotice } from '../page/problem.js';
import { hasScope, useMe } from '../session/me-query.js';
import { FieldHelp } from './field-help.js';
import { PlanPanel } from './plan-panel.js';
import { readPolicyDraft } from './policy-draft.js';
import { PolicyForm } from './policy-form.js';
import { policyWords } from './policy-words.js';
import styles from './policy.module.css';
import { takeLimit } from './take-limit.js';
import { YamlEditor } from './yaml-editor.js';

const checkAfterMs = 400;

interface PolicyEditorProps {
  readonly text: string;
  /** The text in force; empty for a new policy. */
  readonly saved: string;
  readonly readOnly?: boolean;
  readonly beside?: ReactNode;
  onChange(text: string): void;
  onSaved(policy: DefinitionAnswer): void;
}

/** The text on the left, with what saving it would change; on the right what it would have done. */
export function PolicyEditor({ text, saved, readOnly = false, beside, onChange, onSaved }: PolicyEditorProps) {
  const words = useWords(policyWords);
  const page = useWords(pageWords);
  const queryClient = useQueryClient();
  const allowed = hasScope(useMe(), 'operate');
  const [settled] = useDebouncedValue(text, checkAfterMs);
  const plan = useQuery({
    queryKey: ['plan', settled],
    queryFn: () => apiSend<PlanAnswer>('POST', 'policies/plan', settled),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    enabled: settled.trim() !== '',
  });
  const items = plan.data?.items ?? [];
  const only = items.length === 1 && items[0]!.kind === 'Policy' ? items[0] : undefined;
  const ready = plan.data !== undefined && plan.data.errors.length === 0 && only !== undefined && only.action !== 'unchanged' && settled === text && !plan.isPlaceholderData;
  // What was last without faults is judged while the next text is still half-written.
  const [usable, setUsable] = useState<string>();
  const isUsable = plan.data?.errors.length === 0 && items.some((item) => item.kind === 'Policy') && !plan.isPlaceholderData;
  if (isUsable && usable !== settled) setUsable(settled);
  const draft = useMemo(() => readPolicyDraft(usable ?? ''), [usable]);
  const save = useMutation({
    mutationFn: (name: string) => apiSend<DefinitionAnswer>('PUT', `policies/${encodeURIComponent(name)}`, text),
    async onSuccess(policy) {
      await Promise.all([queryClient.invalidateQueries({ queryKey: ['policies'] }), queryClient.invalidateQueries({ queryKey: ['plan'] })]);
      onSaved(policy);
    },
  });
  return (
    <div className={styles['editing']}>
      <Section title={words.editor}>
        <PolicyForm text={text} readOnly={readOnly} onChange={onChange} />
        <YamlEditor text={text} errors={plan.data?.errors ?? []} readOnly={readOnly} onChange={onChange} />
        <div className={styles['plan']}>{plan.error ? <ProblemNotice error={plan.error} /> : <PlanPanel plan={plan.data} />}</div>
        {readOnly ? (
          <p className={styles['soft']}>{words.byFileText}</p>
        ) : (
          <div className={styles['buttons']}>
            <Button disabled={!ready || !allowed} loading={save.isPending} title={allowed ? undefined : page.needsScope('operate')} onClick={() => only && save.mutate(only.name)}>
              {only?.action === 'create' ? words.saveCreate : words.save}
            </Button>
            {saved !== '' && text !== saved ? (
              <Button variant="default" onClick={() => onChange(saved)}>
                {words.revert}
              </Button>
            ) : null}
            {save.isSuccess && text === saved ? <span role="status">{words.saved}</span> : null}
            {beside}
          </div>
        )}
        {save.error ? <ProblemNotice error={save.error} /> : null}
        <FieldHelp />
      </Section>
      <BacktestSection draft={draft} text={usable} stale={usable !== text} onTake={readOnly ? undefined : (level, limit) => onChange(takeLimit(text, level, limit))} />
    </div>
  );
}
