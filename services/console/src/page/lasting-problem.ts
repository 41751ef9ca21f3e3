import { useState } from 'react';

interface Asked {
  readonly data: unknown;
  readonly error: Error | null;
  /** Of the attempt before, while it is tried again. */
  readonly failureReason: Error | null;
  readonly errorUpdateCount: number;
}

/** Why there is no answer. It stays while the same is asked again: it would flicker otherwise. */
export function useLastingProblem({ data, error, failureReason, errorUpdateCount }: Asked): Error | undefined {
  const newest = error ?? failureReason;
  const [last, setLast] = useState(newest);
  if (newest !== null && newest !== last) setLast(newest);
  // A count of 0 is another question: the problem was not its own.
  if (data !== undefined || errorUpdateCount === 0) return undefined;
  return newest ?? last ?? undefined;
}
