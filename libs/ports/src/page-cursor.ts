import { createHash } from 'node:crypto';
import { isScalar } from './document-rules.js';
import type { Document, Filter, FindOptions, Scalar } from './documents.js';
import { EngineError } from './engine-error.js';

/** Where a page ended. */
export interface PageEnd {
  readonly value: Scalar;
  readonly id: string;
}

/** Names a query, so that its cursors fit no other. The order of the filter's fields does not matter. */
export function queryKey(collection: string, filter: Filter, sort: FindOptions['sort']): string {
  const conditions = Object.entries(filter).filter(([, condition]) => condition !== undefined).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify([collection, conditions, sort?.field ?? 'id', sort?.direction ?? 'asc'])).digest('base64url').slice(0, 16);
}

/** Where a page ends whose last document is this one. */
export function pageEnd(last: Document, sort: FindOptions['sort']): PageEnd {
  const value = sort ? ((last as unknown as Readonly<Record<string, unknown>>)[sort.field] ?? null) : null;
  return { value: isScalar(value) ? value : null, id: last.id };
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
