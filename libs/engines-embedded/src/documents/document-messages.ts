/** What the documents ask of the thread that owns their file. */
import type { CollectionSpec } from '@opsloop/ports';
import type { SqliteValue } from '../sqlite/open-database.js';
import type { Failure } from '../worker/messages.js';

export interface DocumentRow {
  readonly id: string;
  readonly version: number;
  readonly json: string;
  readonly bytes: Uint8Array | null;
}

/** A document on its way in: `fields` are the values of the declared fields, in the order of `declaredFields`. */
export interface DocumentWrite {
  readonly id: string;
  readonly json: string;
  readonly fields: readonly SqliteValue[];
  /** undefined: leave them as they are; null: none. */
  readonly bytes: Uint8Array | null | undefined;
}

/** A condition in SQL, with what is bound to it. */
export interface Clause {
  readonly sql: string;
  readonly values: readonly SqliteValue[];
}

export type Operation = { readonly collection: string } & (
  | { readonly kind: 'get'; readonly id: string }
  | { readonly kind: 'insert'; readonly write: DocumentWrite }
  | { readonly kind: 'replace'; readonly write: DocumentWrite; readonly expectedVersion: number; readonly keepLease: boolean }
  | { readonly kind: 'remove'; readonly id: string; readonly expectedVersion: number }
  | { readonly kind: 'find'; readonly where: Clause; readonly order: string; readonly limit: number }
  | { readonly kind: 'claim'; readonly where: Clause; readonly order: string; readonly limit: number; readonly owner: string; readonly nowMs: number; readonly leaseMs: number }
  | { readonly kind: 'renew'; readonly id: string; readonly expectedVersion: number; readonly nowMs: number; readonly leaseMs: number }
);

export interface FoundRows {
  readonly rows: readonly DocumentRow[];
  /** There are more than the limit, or than one answer may weigh. */
  readonly more: boolean;
}

/** get, renew: a row or nothing; insert, replace, remove: whether it was done; find, claim: rows. */
export type OperationResult = DocumentRow | FoundRows | boolean | undefined;

/** One commit. */
export interface DocumentsRequest {
  /** Collections that this worker has not seen yet. */
  readonly specs: readonly CollectionSpec[];
  readonly operations: readonly Operation[];
}

export interface DocumentsReply {
  readonly results: readonly ({ readonly result: OperationResult } | { readonly failure: Failure })[];
}

/** `workerData` of the thread. */
export interface DocumentsWorkerData {
  readonly path: string;
  /** Brought up to date when the file is opened. */
  readonly specs: readonly CollectionSpec[];
}
