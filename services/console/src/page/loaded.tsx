import { Skeleton } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode } from 'react';
import { useWords } from '../language/language.js';
import { useLastingProblem } from './lasting-problem.js';
import { pageWords } from './page-words.js';
import { ProblemNotice } from './problem.js';

const patienceMs = 300;

/** True once something has been waited for longer than people notice. */
function useSlow(): boolean {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), patienceMs);
    return () => clearTimeout(timer);
  }, []);
  return slow;
}

/** Keeps the place of what is loading; shows a skeleton only after 300 ms. */
export function Waiting({ height = 160 }: { readonly height?: number }) {
  const words = useWords(pageWords);
  const slow = useSlow();
  return (
    <div style={{ minHeight: height }} aria-busy="true">
      {slow ? <Skeleton height={height} radius="md" aria-label={words.loading} role="status" /> : null}
    </div>
  );
}

/** The answer of a query, or its wait, or its problem. An answer that is there stays, even when a refresh fails. */
export function Loaded<T>({ query, height, children }: { readonly query: UseQueryResult<T>; readonly height?: number; readonly children: (data: T) => ReactNode }) {
  const problem = useLastingProblem(query);
  if (query.data !== undefined) return children(query.data);
  if (problem) return <ProblemNotice error={problem} onRetry={() => void query.refetch()} />;
  return <Waiting {...(height === undefined ? {} : { height })} />;
}
