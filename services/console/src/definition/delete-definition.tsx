import { Button, Group, Modal } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { apiSend } from '../api/client.js';
import { useWords } from '../language/language.js';
import { pageWords } from '../page/page-words.js';
import { ProblemNotice } from '../page/problem.js';
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
      <Modal opened={asking} onClose={() => setAsking(false)} title={words.removeTitle(name)} closeButtonProps={{ 'aria-label': page.close }}>
        <p>{text}</p>
        {remove.error ? <ProblemNotice error={remove.error} /> : null}
        <Group mt="md" justify="flex-end">
          <Button variant="default" onClick={() => setAsking(false)} data-autofocus>
            {page.cancel}
          </Button>
          <Button loading={remove.isPending} onClick={() => remove.mutate()}>
            {words.remove}
          </Button>
        </Group>
      </Modal>
    </>
  );
}
