import { Button, Group, Modal } from '@mantine/core';
import type { DeadLetterAnswer, Page } from '@opsloop/contracts';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { apiGet, apiSend } from '../api/client.js';
import { useLanguage, useWords } from '../language/language.js';
import { formatValue } from '../metric/format-value.js';
import { Empty } from '../page/empty.js';
import { useLastingProblem } from '../page/lasting-problem.js';
import { Waiting } from '../page/loaded.js';
import { PageFrame, Section } from '../page/page.js';
import { pageWords } from '../page/page-words.js';
import { ProblemNotice } from '../page/problem.js';
import { hasScope, useMe } from '../session/me-query.js';
import { DataTable, type Column } from '../table/data-table.js';
import row from '../table/row-link.module.css';
import { Ago } from '../time/ago.js';
import { deadLetterWords } from './dead-letter-words.js';
import styles from './dead-letter.module.css';

export function DeadLettersPage() {
  const words = useWords(deadLetterWords);
  const page = useWords(pageWords);
  const letters = useInfiniteQuery({
    queryKey: ['dead-letters'],
    queryFn: ({ pageParam, signal }) => apiGet<Page<DeadLetterAnswer>>('dead-letters', { limit: 100, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (one) => one.nextCursor,
    refetchInterval: 30_000,
  });
  const problem = useLastingProblem(letters);
  const items = useMemo(() => letters.data?.pages.flatMap((one) => one.items), [letters.data]);
  return (
    <PageFrame title={words.title} lead={words.lead}>
      <Section flush={items !== undefined && items.length > 0}>
        {items === undefined ? (
          problem ? <ProblemNotice error={problem} onRetry={() => void letters.refetch()} /> : <Waiting height={240} />
        ) : items.length === 0 ? (
          <Empty title={words.emptyTitle}>
            <p>{words.emptyText}</p>
          </Empty>
        ) : (
          <LetterTable letters={items} />
        )}
      </Section>
      {letters.hasNextPage ? (
        <Button variant="default" loading={letters.isFetchingNextPage} onClick={() => void letters.fetchNextPage()}>
          {page.more}
        </Button>
      ) : null}
    </PageFrame>
  );
}

function LetterTable({ letters }: { readonly letters: readonly DeadLetterAnswer[] }) {
  const words = useWords(deadLetterWords);
  const { language } = useLanguage();
  const columns: Column<DeadLetterAnswer>[] = [
    {
      key: 'reason', title: words.reason, narrow: 'headline',
      renderCell: (letter) => (
        <>
          <b className={styles['reason']}>{letter.reason}</b>
          <details>
            <summary>{words.read}</summary>
            <p className={row['sub']}>{[words.position(letter.partition, letter.position), letter.key].join(', ')}</p>
            <pre className={styles['preview']}>{letter.preview}</pre>
          </details>
        </>
      ),
    },
    {
      key: 'topic', title: words.topic, narrow: 'line',
      renderCell: (letter) => (
        <>
          {letter.topic}
          <span className={row['sub']}>
            {words.readBy} {letter.group}
          </span>
        </>
      ),
    },
    { key: 'size', title: words.size, align: 'right', narrow: 'hide', renderCell: (letter) => formatValue(letter.sizeBytes, 'bytes', language).text },
    { key: 'at', title: words.at, width: '120px', narrow: 'corner', renderCell: (letter) => <Ago at={letter.at} /> },
    { key: 'state', title: words.state, narrow: 'first', renderCell: (letter) => (letter.state === 'waiting' ? words.waiting : letter.retriedBy === undefined ? words.retried : words.retriedBy(letter.retriedBy)) },
    { key: 'action', title: words.action, width: '120px', align: 'right', blank: true, renderCell: (letter) => (letter.state === 'waiting' ? <RetryButton letter={letter} /> : null) },
  ];
  return <DataTable label={words.title} columns={columns} rows={letters} keyOf={(letter) => letter.id} quiet={(letter) => letter.state === 'retried'} />;
}

function RetryButton({ letter }: { readonly letter: DeadLetterAnswer }) {
  const words = useWords(deadLetterWords);
  const page = useWords(pageWords);
  const allowed = hasScope(useMe(), 'operate');
  const queryClient = useQueryClient();
  const [asking, setAsking] = useState(false);
  const retry = useMutation({
    mutationFn: () => apiSend('POST', `dead-letters/${encodeURIComponent(letter.id)}/retry`),
    onSuccess() {
      setAsking(false);
      void queryClient.invalidateQueries({ queryKey: ['dead-letters'] });
    },
  });
  return (
    <>
      <Button size="xs" variant="default" disabled={!allowed} title={allowed ? undefined : page.needsScope('operate')} onClick={() => setAsking(true)}>
        {words.retry}
      </Button>
      <Modal opened={asking} onClose={() => setAsking(false)} title={words.retryTitle} closeButtonProps={{ 'aria-label': page.close }}>
        <p>{words.retryText(letter.topic)}</p>
        {retry.error ? <ProblemNotice error={retry.error} /> : null}
        <Group mt="md" justify="flex-end">
          <Button variant="default" onClick={() => setAsking(false)}>
            {page.cancel}
          </Button>
          <Button data-autofocus loading={retry.isPending} onClick={() => retry.mutate()}>
            {words.retry}
          </Button>
        </Group>
      </Modal>
    </>
  );
}
