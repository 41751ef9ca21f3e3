import { createHash } from 'node:crypto';
import type { Filter, Scalar } from '@opsloop/ports';
import { EngineError } from '@opsloop/ports';
import { isScalar } from './declared-fields.js';
import type { Sort } from './to-clause.js';

/** Where a page ended. */
export interface PageEnd {
  readonly value: Scalar;
  readonly id: string;
}

/** Names a query, so that its cursors fit no other. The order of the filter's fields does not matter. */
export function queryKey(collection: string, filter: Filter, sort: Sort | undefined): string {
  const conditions = Object.entries(filter).filter(([, condition]) => condition !== undefined).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify([collection, conditions, sort?.field ?? 'id', sort?.direction ?? 'asc'])).digest('base64url').slice(0, 16);
}

export function encodeCursor(query: string, { value, id }: PageEnd): string {
  return Buffer.from(JSON.stringify([query, value, id])).toString('base64url');
}

/** Throws a non-retryable EngineError for a cursor of another query, or for none at all. */
export function decodeCursor(query: string, cursor: string): PageEnd {
  const [key, value, id] = parse(cursor);
  if (key !== query || !isScalar(value) || typeof id !== 'string') throw new EngineError('the cursor does not belong to this query: start again without one', { retryable: false });
  return { value, id };
}

function parse(cursor: string): unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}
