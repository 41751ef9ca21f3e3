import type { Page } from '@opsloop/contracts';
import { apiGet, type QueryValue } from './client.js';

/** A list up to `most` items, page after page. `complete` is false when there are more. */
export async function allPages<T>(path: string, query: Readonly<Record<string, QueryValue>>, most: number, signal?: AbortSignal): Promise<{ readonly items: readonly T[]; readonly complete: boolean }> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page: Page<T> = await apiGet(path, { ...query, limit: Math.min(200, most), cursor }, signal);
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined && items.length < most);
  return { items, complete: cursor === undefined };
}
