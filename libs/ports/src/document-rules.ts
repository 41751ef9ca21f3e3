/** What every document store refuses, in the same words: names, ids, sizes, versions, limits. All throw a non-retryable EngineError. */
import type { CollectionSpec, Document, Scalar } from './documents.js';
import { EngineError } from './engine-error.js';

const namePattern = /^[a-z][a-z0-9-]*$/;
const fieldPattern = /^[A-Za-z][A-Za-z0-9]*$/;
/** Of a document as JSON, and of the bytes that it carries. */
export const documentBytesAtMost = 2 ** 20;
const idBytesAtMost = 512;
const pageSizeAtMost = 1_000;
const leaseMsAtMost = 7 * 86_400_000;

/** The fields that may be filtered by, sorted, without `id`, which always may. Refuses names that no engine could take. */
export function declaredFields({ name, unique = [], indexes = [] }: CollectionSpec): string[] {
  if (!namePattern.test(name)) refuse(`the collection name ${JSON.stringify(name)} must be lower-case letters, digits and hyphens`);
  const fields = new Set([...unique, ...indexes].flat());
  fields.delete('id');
  for (const field of fields) if (!fieldPattern.test(field)) refuse(`collection ${name}: the field ${JSON.stringify(field)} must be letters and digits`);
  return [...fields].toSorted();
}

/** The values of declared fields in their order; a missing one equals null. */
export function declaredValues(collection: string, fields: readonly string[], doc: Document): Scalar[] {
  const values = doc as unknown as Readonly<Record<string, unknown>>;
  return fields.map((field) => {
    const value = values[field] ?? null;
    if (!isScalar(value)) refuse(`collection ${collection}, document ${doc.id}: the field ${field} is declared for filters, so it must be a string, a finite number, a boolean or null`);
    return value;
  });
}

export function isScalar(value: unknown): value is Scalar {
  return value === null || typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
}

/** The document as JSON; its id starts with its tenant, and it has at most 1 MiB. */
export function documentJson(collection: string, doc: Document): string {
  checkId(doc.id);
  if (typeof doc.tenant !== 'string' || doc.tenant === '' || !doc.id.startsWith(`${doc.tenant}/`)) refuse(`collection ${collection}: the id ${doc.id} must start with its tenant, ${doc.tenant}/`);
  const json = JSON.stringify(doc);
  const jsonBytes = Buffer.byteLength(json);
  if (jsonBytes > documentBytesAtMost) refuse(`collection ${collection}: document ${doc.id} has ${jsonBytes} bytes of JSON, at most ${documentBytesAtMost} are allowed`);
  return json;
}

/** A copy of the bytes of a document, at most 1 MiB: the original may be a view of something large, and stays the caller's. */
export function documentBytes(collection: string, id: string, bytes: Uint8Array): Uint8Array {
  if (bytes.length > documentBytesAtMost) refuse(`collection ${collection}: document ${id} carries ${bytes.length} bytes, at most ${documentBytesAtMost} are allowed`);
  return Uint8Array.from(bytes);
}

export function checkId(id: string): string {
  if (typeof id !== 'string' || id === '' || Buffer.byteLength(id) > idBytesAtMost) refuse(`the id of a document must have 1 to ${idBytesAtMost} bytes`);
  return id;
}

export function checkVersion(version: number): number {
  if (!Number.isSafeInteger(version) || version < 1) refuse(`the expected version must be a whole number from 1, not ${version}`);
  return version;
}

export function checkPageSize(limit: number | undefined, whenMissing: number): number {
  if (limit !== undefined && (!Number.isInteger(limit) || limit < 1 || limit > pageSizeAtMost)) refuse(`the limit must be a whole number from 1 to ${pageSizeAtMost}, not ${limit}`);
  return limit ?? whenMissing;
}

export function checkOwner(collection: string, owner: string): string {
  if (owner === '') refuse(`collection ${collection}: a claim needs an owner`);
  return owner;
}

export function checkLease(leaseMs: number): number {
  if (!Number.isFinite(leaseMs) || leaseMs <= 0 || leaseMs > leaseMsAtMost) refuse(`a lease must last from 1 to ${leaseMsAtMost} ms, not ${leaseMs}`);
  return leaseMs;
}

function refuse(message: string): never {
  throw new EngineError(message, { retryable: false });
}
