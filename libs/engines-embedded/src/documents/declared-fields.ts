import type { CollectionSpec, Document, Scalar } from '@opsloop/ports';
import { EngineError } from '@opsloop/ports';
import type { SqliteValue } from '../sqlite/open-database.js';

const namePattern = /^[a-z][a-z0-9-]*$/;
const fieldPattern = /^[A-Za-z][A-Za-z0-9]*$/;

/** The fields that get a column of their own, sorted. `id` always has one. Refuses names that no engine could take. */
export function declaredFields({ name, unique = [], indexes = [] }: CollectionSpec): string[] {
  if (!namePattern.test(name)) refuse(`the collection name ${JSON.stringify(name)} must be lower-case letters, digits and hyphens`);
  const fields = new Set([...unique, ...indexes].flat());
  fields.delete('id');
  for (const field of fields) if (!fieldPattern.test(field)) refuse(`collection ${name}: the field ${JSON.stringify(field)} must be letters and digits`);
  return [...fields].toSorted();
}

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
  const values = doc as unknown as Readonly<Record<string, unknown>>;
  return fields.map((field) => {
    const value = values[field] ?? null;
    if (!isScalar(value)) refuse(`collection ${collection}, document ${doc.id}: the field ${field} is declared for filters, so it must be a string, a finite number, a boolean or null`);
    return fieldValue(value);
  });
}

export function isScalar(value: unknown): value is Scalar {
  return value === null || typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
}

function refuse(message: string): never {
  throw new EngineError(message, { retryable: false });
}
