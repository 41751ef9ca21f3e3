import { Button } from '@mantine/core';
import type { DefinitionAnswer } from '@opsloop/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { apiSend } from '../api/client.js';
import { useWords } from '../language/language.js';
import { Section } from '../page/page.js';
import { pageWords } from '../page/page-words.js';
import { ProblemNotice } from '../page/problem.js';
import { hasScope, useMe } from '../session/me-query.js';
import { editedKinds, type DefinitionCheck, type EditedPath } from './definition-check.js';
import { definitionWords } from './definition-words.js';
import styles from './definition.module.css';
import { PlanPanel } from './plan-panel.js';
import { YamlEditor } from './yaml-editor.js';

interface DefinitionEditorProps {
  readonly path: EditedPath;
  readonly text: string;
  /** The text in force; empty for a new definition. */
  readonly saved: string;
  readonly check: DefinitionCheck;
  readonly readOnly?: boolean;
  /** Fields that write into the text. */
  readonly form?: ReactNode;
  readonly help?: ReactNode;
  readonly beside?: ReactNode;
  onChange(text: string): void;
  onSaved(definition: DefinitionAnswer): void;
}

/** The text of one definition, what is wrong with it and where, what saving it would change, and saving. */
export function DefinitionEditor({ path, text, saved, check, readOnly = false, form, help, beside, onChange, onSaved }: DefinitionEditorProps) {
  const words = useWords(definitionWords);
  const page = useWords(pageWords);
  const queryClient = useQueryClient();
  const allowed = hasScope(useMe(), 'operate');
  const { plan, only } = check;
  const save = useMutation({
    mutationFn: (name: string) => apiSend<DefinitionAnswer>('PUT', `${path}/${encodeURIComponent(name)}`, text),
    async onSuccess(definition) {
      await Promise.all([queryClient.invalidateQueries({ queryKey: [path] }), queryClient.invalidateQueries({ queryKey: ['plan'] })]);
      onSaved(definition);
    },
  });
  return (
    <Section title={words.editor}>
      {form}
      <YamlEditor text={text} errors={plan?.errors ?? []} readOnly={readOnly} onChange={onChange} />
      <div className={styles['plan']}>{check.error ? <ProblemNotice error={check.error} /> : <PlanPanel plan={plan} kind={editedKinds[path]} />}</div>
      {readOnly ? (
        <p className={styles['soft']}>{words.byFileText}</p>
      ) : (
        <div className={styles['buttons']}>
          <Button disabled={!check.ready || !allowed} loading={save.isPending} title={allowed ? undefined : page.needsScope('operate')} onClick={() => only && save.mutate(only.name)}>
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
      {help}
    </Section>
  );
}
