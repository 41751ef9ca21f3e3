import { Button, Checkbox, Group, Modal, Stack, TextInput } from '@mantine/core';
import type { Scope, TokenAnswer, TokenSecret } from '@opsloop/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { apiSend } from '../api/client.js';
import { useWords } from '../language/language.js';
import { CodeBlock } from '../page/code-block.js';
import { ConfirmDialog } from '../page/confirm-dialog.js';
import { Loaded } from '../page/loaded.js';
import { Section } from '../page/page.js';
import { pageWords } from '../page/page-words.js';
import { ProblemNotice } from '../page/problem.js';
import { DataTable, type Column } from '../table/data-table.js';
import { Ago } from '../time/ago.js';
import { settingsWords } from './settings-words.js';
import styles from './settings.module.css';
import { tokensQuery, useCreateToken } from './token-queries.js';

const scopes = ['ingest', 'read', 'operate', 'approve', 'admin'] as const satisfies readonly Scope[];

export function TokenSection() {
  const words = useWords(settingsWords);
  const tokens = useQuery(tokensQuery);
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<TokenSecret>();
  const [removing, setRemoving] = useState<string>();
  const columns: Column<TokenAnswer>[] = [
    { key: 'name', title: words.tokenName, narrow: 'headline', width: '124px', renderCell: (token) => <b className={styles['name']}>{token.name}</b> },
    { key: 'scopes', title: words.scopes, narrow: 'line', renderCell: (token) => token.scopes.join(', ') },
    { key: 'created', title: words.created, renderCell: (token) => <><Ago at={token.createdAt} />, {token.createdBy}</> },
    { key: 'expires', title: words.expires, narrow: 'hide', width: '88px', renderCell: (token) => (token.expiresAt === undefined ? words.never : <Ago at={token.expiresAt} />) },
    {
      key: 'action', title: words.action, align: 'right', width: '100px',
      renderCell: (token) => (
        <Button size="xs" variant="default" onClick={() => setRemoving(token.name)}>
          {words.remove}
        </Button>
      ),
    },
  ];
  return (
    <Section
      title={words.tokens}
      beside={
        <Button size="xs" onClick={() => setMaking(true)}>
          {words.newToken}
        </Button>
      }
      flush
    >
      <p className={styles['inset']}>{words.tokensText}</p>
      <Loaded query={tokens} height={160}>{({ items }) => <DataTable label={words.tokens} columns={columns} rows={items} keyOf={(token) => token.name} />}</Loaded>
      <NewTokenDialog opened={making} onClose={() => setMaking(false)} onMade={setMade} />
      <SecretDialog made={made} onClose={() => setMade(undefined)} />
      <RemoveDialog name={removing} onClose={() => setRemoving(undefined)} />
    </Section>
  );
}

function NewTokenDialog({ opened, onClose, onMade }: { readonly opened: boolean; onClose(): void; onMade(made: TokenSecret): void }) {
  const words = useWords(settingsWords);
  const page = useWords(pageWords);
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<readonly string[]>(['read']);
  const create = useCreateToken((made) => {
    onClose();
    setName('');
    onMade(made);
  });
  return (
    <Modal opened={opened} onClose={onClose} title={words.newToken} closeButtonProps={{ 'aria-label': page.close }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate({ name: name.trim(), scopes: scopes.filter((scope) => chosen.includes(scope)) });
        }}
      >
        <Stack gap="md">
          <TextInput label={words.tokenName} description={words.nameText} required data-autofocus pattern="[a-z0-9]([a-z0-9._\-]{0,118}[a-z0-9])?" value={name} onChange={(event) => setName(event.currentTarget.value)} />
          <Checkbox.Group label={words.scopes} value={[...chosen]} onChange={setChosen}>
            <Stack gap="xs" mt="xs">
              {scopes.map((scope) => (
                <Checkbox key={scope} value={scope} label={`${scope}: ${words[`scope_${scope}`]}`} />
              ))}
            </Stack>
          </Checkbox.Group>
          {create.error ? <ProblemNotice error={create.error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {page.cancel}
            </Button>
            <Button type="submit" loading={create.isPending} disabled={name.trim() === '' || chosen.length === 0}>
              {words.create}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function SecretDialog({ made, onClose }: { readonly made: TokenSecret | undefined; onClose(): void }) {
  const words = useWords(settingsWords);
  const page = useWords(pageWords);
  return (
    <Modal opened={made !== undefined} onClose={onClose} closeOnClickOutside={false} title={words.secretTitle(made?.name ?? '')} closeButtonProps={{ 'aria-label': page.close }}>
      <Stack gap="md">
        <p>{words.secretText}</p>
        <CodeBlock label={words.secretTitle(made?.name ?? '')} text={made?.secret ?? ''} />
      </Stack>
    </Modal>
  );
}

function RemoveDialog({ name, onClose }: { readonly name: string | undefined; onClose(): void }) {
  const words = useWords(settingsWords);
  const queryClient = useQueryClient();
  const remove = useMutation({
    mutationFn: () => apiSend('DELETE', `tokens/${encodeURIComponent(name ?? '')}`),
    onSuccess() {
      onClose();
      void queryClient.invalidateQueries({ queryKey: ['tokens'] });
    },
  });
  return <ConfirmDialog opened={name !== undefined} title={words.removeTitle(name ?? '')} text={words.removeText} confirm={words.remove} busy={remove.isPending} error={remove.error} onConfirm={() => remove.mutate()} onClose={onClose} />;
}
