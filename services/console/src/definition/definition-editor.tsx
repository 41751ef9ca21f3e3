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

export interface DefinitionEditorProps {
  readonly path: EditedPath;
  readonly text: string;
  /** The text in force; empty for a new definition. */
  readonly saved: string;
  /** What is edited; left out for a new definition. */
  readonly edited?: { readonly name: string; readonly version: number } | undefined;
  /** Says that somebody else saved meanwhile: nothing is saved before that is settled. */
  readonly overtaken?: ReactNode;
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
export function DefinitionEditor({ path, text, saved, edited, overtaken, check, readOnly = false, form, help, beside, onChange, onSaved }: DefinitionEditorProps) {
  const words = useWords(definitionWords);
  const page = useWords(pageWords);
  const queryClient = useQueryClient();
  const allowed = hasScope(useMe(), 'operate');
  const { plan, only } = check;
  const save = useMutation({
    mutationFn: ({ name, version }: { readonly name: string; readonly version: number | undefined }) => apiSend<DefinitionAnswer>('PUT', `${path}/${encodeURIComponent(name)}${version === undefined ? '' : `?version=${version}`}`, text),
    async onSuccess(definition) {
      await Promise.all([queryClient.invalidateQueries({ queryKey: [path] }), queryClient.invalidateQueries({ queryKey: ['plan'] })]);
      onSaved(definition);
    },
    onError: () => queryClient.invalidateQueries({ queryKey: [path] }),
  });
  // Saved under another name it is not this definition that is written over.
  const version = only?.action === 'create' ? 0 : only?.name === edited?.name ? edited?.version : undefined;
  // Of another version than the one that is edited by now, a refusal is settled.
  const refused = save.error && save.variables?.version === version ? save.error : null;
  return (
    <Section title={words.editor}>
      {form}
      <YamlEditor text={text} errors={plan?.errors ?? []} readOnly={readOnly} onChange={onChange} />
      <div className={styles['plan']}>{check.error ? <ProblemNotice error={check.error} /> : <PlanPanel plan={plan} kind={editedKinds[path]} />}</div>
      {readOnly ? (
        <p className={styles['soft']}>{words.byFileText}</p>
      ) : (
        <div className={styles['buttons']}>
          <Button disabled={!check.ready || !allowed || overtaken !== undefined} loading={save.isPending} title={allowed ? undefined : page.needsScope('operate')} onClick={() => only && save.mutate({ name: only.name, version })}>
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
      {overtaken ?? (refused ? <ProblemNotice error={refused} /> : null)}
      {help}
    </Section>
  );
}
