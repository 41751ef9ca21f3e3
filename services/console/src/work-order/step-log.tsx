import { Button, SegmentedControl } from '@mantine/core';
import type { LogAnswer } from '@opsloop/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { apiGet } from '../api/client.js';
import type { AttemptRecord, RunRecord } from '../api/records.js';
import { useLanguage, useWords } from '../language/language.js';
import { Section } from '../page/page.js';
import { ProblemNotice } from '../page/problem.js';
import { Since } from '../time/ago.js';
import { useMinute } from '../time/clock.js';
import { formatClock, toMs } from '../time/format-time.js';
import type { ChosenCell } from './matrix.js';
import { readLog, type LogChunk, type ReadLog } from './read-log.js';
import { StateMark } from './state-mark.js';
import styles from './step-log.module.css';
import { workOrderWords } from './work-order-words.js';

const mostChunks = 5_000;

/** A cell of the matrix: its attempts, newest first, and what each printed, live. */
export function StepLog({ order, run, cell }: { readonly order: string; readonly run: RunRecord; readonly cell: ChosenCell }) {
  const words = useWords(workOrderWords);
  const attempts = cell.result?.attempts ?? [];
  const newest = attempts.at(-1)?.attempt;
  const [wanted, setWanted] = useState<{ readonly cell: string; readonly attempt: number }>();
  const key = `${run.id}/${cell.row.target}/${cell.column.key}`;
  const shown = wanted?.cell === key ? wanted.attempt : newest;
  const attempt = attempts.find((one) => one.attempt === shown);
  const doneIn = cell.row.doneIn.get(cell.column.job);
  return (
    <Section
      title={`${cell.row.name} · ${cell.column.name}`}
      beside={
        attempts.length > 1 ? (
          <SegmentedControl role="radiogroup" aria-label={words.attemptCount(attempts.length)} size="xs" value={String(shown)} onChange={(value) => setWanted({ cell: key, attempt: Number(value) })} data={attempts.toReversed().map((one) => ({ value: String(one.attempt), label: words.attempt(one.attempt) }))} />
        ) : undefined
      }
    >
      {attempt === undefined || attempt.startedAt === undefined ? (
        <p className={styles['soft']}>{doneIn === undefined ? <WithoutAttempt cell={cell} /> : words.doneIn(doneIn)}</p>
      ) : (
        <>
          <AttemptLine attempt={attempt} />
          <LogText key={`${key}/${attempt.attempt}`} order={order} run={run} cell={cell} attempt={attempt} />
        </>
      )}
    </Section>
  );
}

function WithoutAttempt({ cell }: { readonly cell: ChosenCell }) {
  const words = useWords(workOrderWords);
  return cell.result?.state === 'skipped' ? (cell.row.reason ?? <StateMark state="skipped" />) : words.logWaiting;
}

function AttemptLine({ attempt }: { readonly attempt: AttemptRecord }) {
  const words = useWords(workOrderWords);
  return (
    <p className={styles['line']}>
      <StateMark state={attempt.state} />
      {attempt.startedAt === undefined ? null : <Since at={attempt.startedAt} until={attempt.endedAt} />}
      {attempt.exitCode === undefined ? null : (
        <span>
          {words.exitCode} {attempt.exitCode}
        </span>
      )}
      {attempt.reason === undefined ? null : <span>{attempt.reason}</span>}
      {attempt.detail === undefined || attempt.detail === '' ? null : <span className={styles['soft']}>{attempt.detail}</span>}
    </p>
  );
}

function LogText({ order, run, cell, attempt }: { readonly order: string; readonly run: RunRecord; readonly cell: ChosenCell; readonly attempt: AttemptRecord }) {
  const words = useWords(workOrderWords);
  const queryClient = useQueryClient();
  const running = attempt.state === 'running';
  const { row, column } = cell;
  const queryKey = ['log', run.id, row.target, column.job, column.step, attempt.attempt];
  const log = useQuery({
    queryKey,
    queryFn: ({ signal }) =>
      readLog(queryClient.getQueryData<ReadLog>(queryKey), (cursor) => apiGet<LogAnswer>(`work-orders/${encodeURIComponent(order)}/log`, { run: run.id, target: row.target, job: column.job, step: column.step, attempt: attempt.attempt, direction: 'desc', limit: 500, cursor }, signal), mostChunks),
    refetchInterval: running ? 2_000 : false,
    structuralSharing: false,
  });
  const chunks = log.data?.items ?? [];
  const unread = useMemo(() => unreadOutput(attempt, log.data?.items ?? []), [attempt, log.data]);
  return (
    <>
      {log.error ? <ProblemNotice error={log.error} /> : null}
      {log.data?.cut ? <p className={styles['soft']}>{words.logCut(chunks.length)}</p> : null}
      {chunks.length > 0 || running ? <LogView chunks={chunks} label={words.logLabel(row.name, column.name)} /> : null}
      {unread === '' ? null : (
        <>
          {chunks.length > 0 ? <p className={styles['soft']}>{words.logLacks}</p> : null}
          <pre className={styles['log']}>{unread}</pre>
        </>
      )}
      {log.data && chunks.length === 0 && unread === '' && !running ? <p className={styles['soft']}>{words.noLog}</p> : null}
    </>
  );
}

/** The end of what was printed is kept with the attempt as well: it is there where pieces of the log were lost or are kept no longer. */
function unreadOutput(attempt: AttemptRecord, chunks: readonly LogChunk[]): string {
  // Kept with it without control characters.
  const read = chunks.map((chunk) => chunk.text).join('').replaceAll(/[^\P{Cc}\n\t]/gu, '\u00b7');
  return read.includes(attempt.output) ? '' : attempt.output;
}

/** Follows the newest line until the reader scrolls up. */
function LogView({ chunks, label }: { readonly chunks: readonly LogChunk[]; readonly label: string }) {
  const words = useWords(workOrderWords);
  const { language } = useLanguage();
  const nowMs = useMinute();
  const holder = useRef<HTMLPreElement>(null);
  const [following, setFollowing] = useState(true);
  const count = chunks.length;
  useEffect(() => {
    if (count > 0 && following && holder.current) holder.current.scrollTop = holder.current.scrollHeight;
  }, [count, following]);
  function onScroll(): void {
    const element = holder.current!;
    setFollowing(element.scrollHeight - element.scrollTop - element.clientHeight < 24);
  }
  return (
    <div className={styles['frame']}>
      <pre ref={holder} className={styles['log']} tabIndex={0} role="log" aria-live="off" aria-label={label} onScroll={onScroll}>
        {chunks.map((chunk) => (
          <span key={chunk.id} data-stream={chunk.stream} title={formatClock(toMs(chunk.at), nowMs, language)}>
            {chunk.text}
          </span>
        ))}
      </pre>
      {following ? null : (
        <Button className={styles['follow'] ?? ''} size="compact-xs" onClick={() => setFollowing(true)}>
          {words.follow}
        </Button>
      )}
    </div>
  );
}
