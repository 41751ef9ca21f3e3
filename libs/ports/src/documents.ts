/** Versioned JSON documents: the place where decisions are made durable. No transaction over documents, no change stream. */

export interface CollectionSpec {
  readonly name: string;
  /** Each entry is a list of top-level fields whose values together must be unique; a document that misses one is not compared. The id always is unique. */
  readonly unique?: readonly (readonly string[])[];
  /** Each entry is a list of top-level fields that `find` and `claim` may filter and sort by. */
  readonly indexes?: readonly (readonly string[])[];
}

/** Documents carry their id and their tenant; ids start with the tenant. */
export interface Document {
  readonly id: string;
  readonly tenant: string;
}

export interface Stored<T extends Document> {
  readonly doc: T;
  /** Rises by one with each write and each claim: the fence of compare-and-set. */
  readonly version: number;
  readonly bytes?: Uint8Array;
}

export type Scalar = string | number | boolean | null;
export type Condition = Scalar | { readonly in: readonly Scalar[] } | { readonly gte?: Scalar; readonly gt?: Scalar; readonly lte?: Scalar; readonly lt?: Scalar };
/** Conjunction over top-level fields that are declared in `indexes`, `unique` or are `id`. A missing field equals null. */
export type Filter = Readonly<Record<string, Condition>>;

export interface FindOptions {
  /** Field and direction; ties are ordered by id. Default: by id, ascending. */
  readonly sort?: { readonly field: string; readonly direction: 'asc' | 'desc' };
  /** At most 1,000; default 100. A page of heavy documents may be shorter: only a missing `nextCursor` says that it is the last. */
  readonly limit?: number;
  /** `nextCursor` of the page before; a cursor of another query throws a non-retryable EngineError. */
  readonly cursor?: string;
}

export interface Page<T extends Document> {
  readonly items: readonly Stored<T>[];
  readonly nextCursor?: string;
}

export interface ClaimOptions {
  readonly owner: string;
  readonly leaseMs: number;
  /** Default 1. */
  readonly limit?: number;
  readonly sort?: FindOptions['sort'];
}

export interface Collection<T extends Document> {
  get(id: string): Promise<Stored<T> | undefined>;
  /** 'exists' when the id or a unique key is taken. */
  insert(doc: T, bytes?: Uint8Array): Promise<Stored<T> | 'exists'>;
  /**
   * Compare-and-set. 'conflict' when the version moved on or the document is gone. Ends a lease unless `keepLease`.
   * Bytes that are left out stay as they are; the answer carries those that were given.
   */
  replace(doc: T, expectedVersion: number, options?: { readonly bytes?: Uint8Array; readonly keepLease?: boolean }): Promise<Stored<T> | 'conflict'>;
  remove(id: string, expectedVersion: number): Promise<'removed' | 'conflict'>;
  find(filter: Filter, options?: FindOptions): Promise<Page<T>>;
  /**
   * Leases documents that match and that nobody holds (or whose lease has expired by the engine's clock).
   * A claim raises the version, so an owner that lost its lease fails at `replace`.
   */
  claim(filter: Filter, options: ClaimOptions): Promise<readonly Stored<T>[]>;
  /** Extends a lease that this version still holds; raises the version. 'conflict' when it was lost. */
  renew(id: string, expectedVersion: number, leaseMs: number): Promise<Stored<T> | 'conflict'>;
}

export interface Documents {
  collection<T extends Document>(spec: CollectionSpec): Collection<T>;
  /** The engine's clock, ms since the epoch: what leases are judged by. */
  now(): Promise<number>;
}
