/** The tables of documents, one a collection. Lives in the worker thread; every call is one commit. */
import type { CollectionSpec } from '@opsloop/ports';
import { declaredFields } from '@opsloop/ports';
import { inTransaction, openDatabase, type Sqlite, type SqliteValue } from '../sqlite/open-database.js';
import { failureOf, toEngineError } from '../sqlite/to-engine-error.js';
import type { Failure } from '../worker/messages.js';
import { openTable, tableOf } from './collection-table.js';
import { columnOf } from './declared-fields.js';
import type { Clause, DocumentRow, DocumentWrite, DocumentsReply, DocumentsRequest, FoundRows, Operation, OperationResult } from './document-messages.js';

const pageBytes = 8_192;
const checkpointBytes = 16 * 2 ** 20;
/** Weight of one answer of `find`: a page may be shorter than its limit, never much heavier than this. */
const pageBytesAtMost = 8 * 2 ** 20;
const statementsAtMost = 500;

const rowColumns = 'id, version, json, bytes';
/** With each write of any kind: see collection-table. */
const raised = 'version = version + 1, indexed_version = version + 1';
type RawRow = [string, number, string, Uint8Array | null];

interface Statement {
  run(values: readonly SqliteValue[]): { changes: number };
  all(values: readonly SqliteValue[]): unknown[];
  get(values: readonly SqliteValue[]): unknown;
  iterate(values: readonly SqliteValue[]): IterableIterator<unknown>;
}

export class DocumentFile {
  readonly #database: Sqlite;
  readonly #statements = new Map<string, Statement>();
  readonly #columns = new Map<string, string[]>();
  /** Collections that cannot be declared, and why. */
  readonly #refused = new Map<string, Failure>();

  /** Throws a non-retryable EngineError when documents do not fit `specs`. */
  constructor(path: string, specs: readonly CollectionSpec[]) {
    this.#database = openDatabase({ path, schemaVersion: 1, pageBytes, checkpointBytes });
    try {
      for (const spec of specs) this.#open(spec);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Carries out all operations in one commit. A wrong one fails alone; a failing disk fails them all. */
  execute({ specs, operations }: DocumentsRequest): DocumentsReply {
    for (const spec of specs) this.#declare(spec);
    const writes = operations.some(({ kind }) => kind !== 'get' && kind !== 'find');
    const attemptAll = () => operations.map((operation) => this.#attempt(operation));
    return { results: writes ? inTransaction(this.#database, attemptAll) : attemptAll() };
  }

  close(): void {
    this.#database.close();
  }

  /** One that does not fit its documents takes no others with it: only its own operations fail. */
  #declare(spec: CollectionSpec): void {
    try {
      this.#open(spec);
      this.#refused.delete(spec.name);
    } catch (error) {
      if (failureOf(error) !== 'wrong') throw error;
      this.#refused.set(spec.name, failureIn(spec.name, error));
    }
  }

  #open(spec: CollectionSpec): void {
    const fields = declaredFields(spec);
    inTransaction(this.#database, () => openTable(this.#database, spec, fields));
    this.#statements.clear();
    this.#columns.set(spec.name, fields.map(columnOf));
  }

  #attempt(operation: Operation): DocumentsReply['results'][number] {
    const refused = this.#refused.get(operation.collection);
    if (refused) return { failure: refused };
    try {
      return { result: this.#carryOut(operation) };
    } catch (error) {
      if (failureOf(error) !== 'wrong') throw error;
      return { failure: failureIn(operation.collection, error) };
    }
  }

  #carryOut(operation: Operation): OperationResult {
    const { collection } = operation;
    const table = tableOf(collection);
    switch (operation.kind) {
      case 'get':
        return this.#row(`SELECT ${rowColumns} FROM ${table} WHERE id = ?`, [operation.id]);
      case 'insert':
        return this.#insert(collection, operation.write);
      case 'replace':
        return this.#replace(collection, operation.write, operation.expectedVersion, operation.keepLease);
      case 'remove':
        return this.#statement(`DELETE FROM ${table} WHERE id = ? AND version = ?`).run([operation.id, operation.expectedVersion]).changes === 1;
      case 'find':
        return this.#find(collection, operation.where, operation.order, operation.limit);
      case 'claim':
        return this.#claim(operation);
      case 'renew':
        return this.#row(`UPDATE ${table} SET ${raised}, lease_until = ?, lease_ms = ? WHERE id = ? AND version = ? AND lease_until IS NOT NULL RETURNING ${rowColumns}`, [operation.nowMs + operation.leaseMs, operation.leaseMs, operation.id, operation.expectedVersion]);
    }
  }

  #insert(collection: string, { id, json, fields, bytes }: DocumentWrite): boolean {
    const names = ['id', 'version', 'indexed_version', ...this.#columns.get(collection)!, 'json', 'bytes'];
    const sql = `INSERT INTO ${tableOf(collection)} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
    try {
      this.#statement(sql).run([id, 1, 1, ...fields, json, bytes ?? null]);
      return true;
    } catch (error) {
      if (isTaken(error)) return false;
      throw error;
    }
  }

  #replace(collection: string, { id, json, fields, bytes }: DocumentWrite, expectedVersion: number, keepLease: boolean): boolean {
    const columns = this.#columns.get(collection)!;
    const set = ['json = ?', ...columns.map((column) => `${column} = ?`), ...(bytes === undefined ? [] : ['bytes = ?']), ...(keepLease ? [] : ['lease_owner = NULL', 'lease_until = NULL'])];
    const sql = `UPDATE ${tableOf(collection)} SET ${raised}, ${set.join(', ')} WHERE id = ? AND version = ?`;
    return this.#statement(sql).run([json, ...fields, ...(bytes === undefined ? [] : [bytes]), id, expectedVersion]).changes === 1;
  }

  #find(collection: string, where: Clause, order: string, limit: number): FoundRows {
    const select = this.#statement(`SELECT ${rowColumns} FROM ${tableOf(collection)} WHERE ${where.sql} ORDER BY ${order} LIMIT ?`);
    const found = takePage(select.iterate([...where.values, limit + 1]), limit);
    // A read that is left half-way goes on holding its snapshot, and the write-ahead log behind it grows without end: another one of no rows ends it.
    if (found.more) select.get([...where.values, 0]);
    return found;
  }

  #claim({ collection, where, order, limit, owner, nowMs, leaseMs }: Operation & { kind: 'claim' }): FoundRows {
    const table = tableOf(collection);
    // One that ends later than it could by now was taken before the clock was set back: a dead owner would keep it until the clock has caught up.
    const free = `(${where.sql}) AND (lease_until IS NULL OR lease_until <= ? OR lease_until > ? + 2 * lease_ms)`;
    const keys = this.#statement(`SELECT key FROM ${table} WHERE ${free} ORDER BY ${order} LIMIT ?`).all([...where.values, nowMs, nowMs, limit]) as [number][];
    const lease = `UPDATE ${table} SET ${raised}, lease_owner = ?, lease_until = ?, lease_ms = ? WHERE key = ? RETURNING ${rowColumns}`;
    return { rows: keys.map(([key]) => this.#row(lease, [owner, nowMs + leaseMs, leaseMs, key])!), more: false };
  }

  #row(sql: string, values: readonly SqliteValue[]): DocumentRow | undefined {
    const raw = this.#statement(sql).get(values) as RawRow | undefined;
    return raw && toRow(raw);
  }

  #statement(sql: string): Statement {
    let one = this.#statements.get(sql);
    if (!one) {
      if (this.#statements.size >= statementsAtMost) this.#statements.clear();
      const prepared = this.#database.prepare(sql);
      one = (prepared.reader ? prepared.raw() : prepared) as unknown as Statement;
      this.#statements.set(sql, one);
    }
    return one;
  }
}

function takePage(found: Iterable<unknown>, limit: number): FoundRows {
  const rows: DocumentRow[] = [];
  let weight = 0;
  for (const raw of found) {
    if (rows.length === limit || weight > pageBytesAtMost) return { rows, more: true };
    const row = toRow(raw as RawRow);
    weight += row.json.length + (row.bytes?.byteLength ?? 0);
    rows.push(row);
  }
  return { rows, more: false };
}

function toRow([id, version, json, bytes]: RawRow): DocumentRow {
  return { id, version, json, bytes };
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'SQLITE_CONSTRAINT_UNIQUE';
}

function failureIn(collection: string, error: unknown): Failure {
  const { message, retryable } = toEngineError(`collection ${collection}`, error);
  return { message, retryable };
}
