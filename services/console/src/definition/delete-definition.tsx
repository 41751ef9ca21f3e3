import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { apiSend } from '../api/client.js';
import { useWords } from '../language/language.js';
import { ConfirmDialog } from '../page/confirm-dialog.js';
import { pageWords } from '../page/page-words.js';
import { hasScope, useMe } from '../session/me-query.js';
import type { EditedPath } from './definition-check.js';
import { definitionWords } from './definition-words.js';

/** Asks before it deletes; `text` says what will happen then. */
export function DeleteDefinition({ path, name, text }: { readonly path: EditedPath; readonly name: string; readonly text: string }) {
  const words = useWords(definitionWords);
  const page = useWords(pageWords);
  const allowed = hasScope(useMe(), 'operate');
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const [asking, setAsking] = useState(false);
  const remove = useMutation({
    mutationFn: () => apiSend('DELETE', `${path}/${encodeURIComponent(name)}`),
    async onSuccess() {
      await navigate({ to: `/${path}` });
      await queryClient.invalidateQueries({ queryKey: [path] });
    },
  });
  return (
    <>
      <Button variant="subtle" ml="auto" disabled={!allowed} title={allowed ? undefined : page.needsScope('operate')} onClick={() => setAsking(true)}>
        {words.remove}
      </Button>
      <ConfirmDialog opened={asking} title={words.removeTitle(name)} text={text} confirm={words.remove} busy={remove.isPending} error={remove.error} onConfirm={() => remove.mutate()} onClose={() => setAsking(false)} />
    </>
  );
}
