import type { LogAnswer } from '@opsloop/contracts';

export type LogChunk = LogAnswer['items'][number];

/** What has been read of a log, and where to go on: the last page may still grow, so it is read again. */
export interface ReadLog {
  readonly items: readonly LogChunk[];
  /** Cursor of the last page, and how many items stand before it. */
  readonly lastCursor: string | undefined;
  readonly beforeLast: number;
  /** False: there is more than is shown. */
  readonly complete: boolean;
}

/** Reads a log from where it was left to its present end, at most `most` chunks in all. */
export async function readLog(before: ReadLog | undefined, fetchPage: (cursor: string | undefined) => Promise<LogAnswer>, most: number): Promise<ReadLog> {
  let items = before ? before.items.slice(0, before.beforeLast) : [];
  let cursor = before?.lastCursor;
  for (;;) {
    const page = await fetchPage(cursor);
    const beforeLast = items.length;
    items = [...items, ...page.items];
    if (page.nextCursor === undefined || items.length >= most) return { items, lastCursor: cursor, beforeLast, complete: page.nextCursor === undefined };
    cursor = page.nextCursor;
  }
}
