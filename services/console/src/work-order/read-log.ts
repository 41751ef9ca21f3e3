import type { LogAnswer } from '@opsloop/contracts';

export type LogChunk = LogAnswer['items'][number];

/** The end of a log, in the order in which it was printed. */
export interface ReadLog {
  readonly items: readonly LogChunk[];
  /** There is more before it. */
  readonly cut: boolean;
}

/** Reads a log from its end (pages come newest first) back to what was read before; of all, the newest `most` chunks are kept. */
export async function readLog(before: ReadLog | undefined, fetchPage: (cursor: string | undefined) => Promise<LogAnswer>, most: number): Promise<ReadLog> {
  const last = before?.items.at(-1)?.id;
  const fresh: LogChunk[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await fetchPage(cursor);
    const known = page.items.findIndex((chunk) => chunk.id === last);
    fresh.push(...(known < 0 ? page.items : page.items.slice(0, known)));
    if (before && known >= 0) return newest([...before.items, ...fresh.toReversed()], most, before.cut);
    if (page.nextCursor === undefined || fresh.length >= most) return newest(fresh.toReversed(), most, page.nextCursor !== undefined);
    cursor = page.nextCursor;
  }
}

function newest(items: readonly LogChunk[], most: number, cut: boolean): ReadLog {
  return { items: items.slice(-most), cut: cut || items.length > most };
}
