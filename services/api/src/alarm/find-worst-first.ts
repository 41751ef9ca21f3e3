import { levels, type Alarm, type Level } from '@opsloop/contracts';
import type { Collection, Filter, Stored } from '@opsloop/ports';
import { badRequest } from '../http/api-error.js';

export interface WorstSearch {
  readonly filter: Filter;
  readonly level?: Level | undefined;
  readonly limit: number;
  /** The level that is being listed, and the cursor within it: `warn:…`. */
  readonly cursor?: string | undefined;
}

/** The worst level first, and of each the newest: no index knows which level is worse, so they are listed one after the other. */
export async function findWorstFirst(alarms: Collection<Alarm>, { filter, level, limit, cursor }: WorstSearch): Promise<{ readonly items: readonly Stored<Alarm>[]; readonly nextCursor?: string }> {
  const wanted = level === undefined ? levels.toReversed() : [level];
  const from = cursor === undefined ? { at: 0, within: '' } : readCursor(cursor, wanted);
  const found: Stored<Alarm>[] = [];
  for (const [index, one] of wanted.slice(from.at).entries()) {
    const within = index === 0 ? from.within : '';
    const room = limit - found.length;
    // Where there is no room left, one that is seen says that there is another page.
    const page = await alarms.find({ ...filter, level: one }, { sort: { field: 'openedAtMs', direction: 'desc' }, limit: Math.max(1, room), ...(within !== '' && { cursor: within }) });
    if (room === 0 && page.items.length > 0) return { items: found, nextCursor: `${one}:` };
    found.push(...page.items);
    if (page.nextCursor !== undefined) return { items: found, nextCursor: `${one}:${page.nextCursor}` };
  }
  return { items: found };
}

function readCursor(cursor: string, wanted: readonly Level[]): { readonly at: number; readonly within: string } {
  const end = cursor.indexOf(':');
  const at = wanted.findIndex((level) => level === cursor.slice(0, end));
  if (at < 0) throw badRequest('The cursor is not one of this list.', [{ at: 'cursor', message: 'use nextCursor of the page before' }]);
  return { at, within: cursor.slice(end + 1) };
}
