import type { Document, Scalar } from '@opsloop/ports';
import { declaredValues } from '@opsloop/ports';
import type { SqliteValue } from '../sqlite/open-database.js';

/** The column of a declared field. */
export function columnOf(field: string): string {
  return field === 'id' ? 'id' : `"f ${field}"`;
}

/**
 * A value as SQLite compares it: null < numbers < strings < booleans, and none of one kind equals one of another.
 * Booleans are one byte, because SQLite has none and 1 would equal true.
 */
export function fieldValue(value: Scalar): SqliteValue {
  return typeof value === 'boolean' ? Uint8Array.of(value ? 1 : 0) : value;
}

/** The values of the declared fields; a missing one equals null. */
export function fieldValues(collection: string, fields: readonly string[], doc: Document): SqliteValue[] {
  return declaredValues(collection, fields, doc).map(fieldValue);
}
