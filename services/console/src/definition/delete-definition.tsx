import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { apiSend, ApiProblem } from '../api/client.js';
import { useWords } from '../language/language.js';
import { ConfirmDialog } from '../page/confirm-dialog.js';
import { pageWords } from '../page/page-words.js';
import { hasScope, useMe } from '../session/me-query.js';
import type { EditedPath } from './definition-check.js';
import { definitionWords } from './definition-words.js';

/** Asks before it deletes; `text` says what will happen then. What other definitions name is asked about again, with their names. */
export function DeleteDefinition({ path, name, text, onDeleted }: { readonly path: EditedPath; readonly name: string; readonly text: string; onDeleted(): void }) {
  const words = useWords(definitionWords);
  const page = useWords(pageWords);
  const allowed = hasScope(useMe(), 'operate');
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const [asking, setAsking] = useState(false);
  const remove = useMutation({
    mutationFn: (force: boolean) => apiSend('DELETE', `${path}/${encodeURIComponent(name)}${force ? '?force=true' : ''}`),
    async onSuccess() {
      onDeleted();
      await navigate({ to: `/${path}`, ignoreBlocker: true });
      await queryClient.invalidateQueries({ queryKey: [path] });
    },
  });
  const users = usersIn(remove.error);
  return (
    <>
      <Button variant="subtle" ml="auto" disabled={!allowed} title={allowed ? undefined : page.needsScope('operate')} onClick={() => (remove.reset(), setAsking(true))}>
        {words.remove}
      </Button>
      <ConfirmDialog opened={asking} title={words.removeTitle(name)} text={users.length > 0 ? words.usedBy(name, users.join(', ')) : text} confirm={users.length > 0 ? words.removeAnyway : words.remove} busy={remove.isPending} error={users.length > 0 ? null : remove.error} onConfirm={() => remove.mutate(users.length > 0)} onClose={() => setAsking(false)} />
    </>
  );
}

/** The definitions that name it, as the server tells them when it refuses. */
function usersIn(error: Error | null): readonly string[] {
  if (!(error instanceof ApiProblem) || error.status !== 409) return [];
  return [...new Set((error.problem.errors ?? []).map((one) => one.at ?? one.message))];
}
