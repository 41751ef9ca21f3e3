/** The tables of documents, one a collection. Lives in the worker thread; every method is synchronous. */
import type { CollectionSpec, Document } from '@opsloop/ports';
import { inTransaction, openDatabase, type SqliteValue } from '../sqlite/open-database.js';
import { failureOf, toEngineError } from '../sqlite/to-engine-error.js';
import { columnOf, declaredFields, fieldValues } from './declared-fields.js';
import type { Clause, DocumentRow, DocumentWrite, DocumentsReply, DocumentsRequest, FoundRows, Operation, OperationResult } from './document-messages.js';

const pageBytes = 8_192;
const checkpointBytes = 16 * 2 ** 20;
/** Weight of one answer of `find`: a page may be shorter than its limit, never much heavier than this. */
const pageBytesAtMost = 8 * 2 ** 20;
const statementsAtMost = 500;

const rowColumns = 'id, version, json, bytes';
type RawRow = [string, number, string, Uint8Array | null];

interface Statement {
  run(values: readonly SqliteValue[]): { changes: number };
  all(values: readonly SqliteValue[]): unknown[];
  get(values: readonly SqliteValue[]): unknown;
  iterate(values: readonly SqliteValue[]): IterableIterator<unknown>;
}

export interface DocumentFile {
  /** Carries out all operations in one commit. A wrong one fails alone; a failing disk fails them all. */
  execute(request: DocumentsRequest): DocumentsReply;
  close(): void;
}

export function openDocumentFile(path: string): DocumentFile {
  const database = openDatabase({ path, schemaVersion: 1, pageBytes, checkpointBytes });
  const statements = new Map<string, Statement>();
  const fieldsOf = new Map<string, string[]>();

  function statement(sql: string): Statement {
    let one = statements.get(sql);
    if (!one) {
      if (statements.size >= statementsAtMost) statements.clear();
      const prepared = database.prepare(sql);
      one = (prepared.reader ? prepared.raw() : prepared) as unknown as Statement;
      statements.set(sql, one);
    }
    return one;
  }

  function declare(spec: CollectionSpec): void {
    const table = tableOf(spec.name);
    const fields = declaredFields(spec);
    inTransaction(database, () => {
      database.exec(`CREATE TABLE IF NOT EXISTS ${table} (key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, lease_owner TEXT, lease_until INTEGER${fields.map((field) => `, ${columnOf(field)}`).join('')}, json TEXT NOT NULL, bytes BLOB)`);
      const present = new Set((database.prepare(`PRAGMA table_info(${table})`).raw().all([]) as [number, string][]).map(([, name]) => name));
      const added = fields.filter((field) => !present.has(`f ${field}`));
      for (const field of added) database.exec(`ALTER TABLE ${table} ADD COLUMN ${columnOf(field)}`);
      if (added.length > 0) fill(spec.name, added);
      for (const index of spec.unique ?? []) createIndex('UNIQUE INDEX', 'unique', spec.name, index);
      for (const index of spec.indexes ?? []) createIndex('INDEX', 'index', spec.name, index);
    });
    statements.clear();
    fieldsOf.set(spec.name, fields);
  }

  function createIndex(kind: string, prefix: string, collection: string, fields: readonly string[]): void {
    // The id at the end orders ties and serves cursors.
    const columns = prefix === 'index' && !fields.includes('id') ? [...fields, 'id'] : fields;
    database.exec(`CREATE ${kind} IF NOT EXISTS "${prefix} ${collection} ${fields.join(' ')}" ON ${tableOf(collection)} (${columns.map(columnOf).join(', ')})`);
  }

  /** Fields that were declared after documents were written. */
  function fill(collection: string, fields: readonly string[]): void {
    const update = database.prepare(`UPDATE ${tableOf(collection)} SET ${fields.map((field) => `${columnOf(field)} = ?`).join(', ')} WHERE key = ?`);
    const read = database.prepare(`SELECT key, json FROM ${tableOf(collection)} WHERE key > ? ORDER BY key LIMIT 100`).raw();
    for (let after = 0; ; ) {
      const rows = read.all([after]) as [number, string][];
      for (const [key, json] of rows) update.run([...fieldValues(collection, fields, JSON.parse(json) as Document), key]);
      if (rows.length === 0) return;
      after = rows.at(-1)![0];
    }
  }

  function insert(collection: string, { id, json, fields, bytes }: DocumentWrite): boolean {
    const columns = fieldsOf.get(collection)!.map(columnOf);
    const names = ['id', 'version', ...columns, 'json', 'bytes'];
    const sql = `INSERT INTO ${tableOf(collection)} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
    try {
      statement(sql).run([id, 1, ...fields, json, bytes ?? null]);
      return true;
    } catch (error) {
      if (isTaken(error)) return false;
      throw error;
    }
  }

  function replace(collection: string, { id, json, fields, bytes }: DocumentWrite, expectedVersion: number, keepLease: boolean): boolean {
    const columns = fieldsOf.get(collection)!.map(columnOf);
    const set = ['json = ?', ...columns.map((column) => `${column} = ?`), ...(bytes === undefined ? [] : ['bytes = ?']), ...(keepLease ? [] : ['lease_owner = NULL', 'lease_until = NULL'])];
    const sql = `UPDATE ${tableOf(collection)} SET version = version + 1, ${set.join(', ')} WHERE id = ? AND version = ?`;
    return statement(sql).run([json, ...fields, ...(bytes === undefined ? [] : [bytes]), id, expectedVersion]).changes === 1;
  }

  function find(collection: string, where: Clause, order: string, limit: number): FoundRows {
    const rows: DocumentRow[] = [];
    let weight = 0;
    for (const raw of statement(`SELECT ${rowColumns} FROM ${tableOf(collection)} WHERE ${where.sql} ORDER BY ${order} LIMIT ?`).iterate([...where.values, limit + 1])) {
      if (rows.length === limit || weight > pageBytesAtMost) return { rows, more: true };
      const row = toRow(raw as RawRow);
      weight += row.json.length + (row.bytes?.byteLength ?? 0);
      rows.push(row);
    }
    return { rows, more: false };
  }

  function claim(operation: Operation & { kind: 'claim' }): FoundRows {
    const { collection, where, order, limit, owner, nowMs, untilMs } = operation;
    const table = tableOf(collection);
    const free = `(${where.sql}) AND (lease_until IS NULL OR lease_until <= ?)`;
    const keys = statement(`SELECT key FROM ${table} WHERE ${free} ORDER BY ${order} LIMIT ?`).all([...where.values, nowMs, limit]) as [number][];
    const lease = statement(`UPDATE ${table} SET version = version + 1, lease_owner = ?, lease_until = ? WHERE key = ? RETURNING ${rowColumns}`);
    return { rows: keys.map(([key]) => toRow(lease.get([owner, untilMs, key]) as RawRow)), more: false };
  }

  function renew({ collection, id, expectedVersion, untilMs }: Operation & { kind: 'renew' }): DocumentRow | undefined {
    const sql = `UPDATE ${tableOf(collection)} SET version = version + 1, lease_until = ? WHERE id = ? AND version = ? AND lease_until IS NOT NULL RETURNING ${rowColumns}`;
    const raw = statement(sql).get([untilMs, id, expectedVersion]) as RawRow | undefined;
    return raw && toRow(raw);
  }

  function carryOut(operation: Operation): OperationResult {
    const { collection } = operation;
    switch (operation.kind) {
      case 'get': {
        const raw = statement(`SELECT ${rowColumns} FROM ${tableOf(collection)} WHERE id = ?`).get([operation.id]) as RawRow | undefined;
        return raw && toRow(raw);
      }
      case 'insert':
        return insert(collection, operation.write);
      case 'replace':
        return replace(collection, operation.write, operation.expectedVersion, operation.keepLease);
      case 'remove':
        return statement(`DELETE FROM ${tableOf(collection)} WHERE id = ? AND version = ?`).run([operation.id, operation.expectedVersion]).changes === 1;
      case 'find':
        return find(collection, operation.where, operation.order, operation.limit);
      case 'claim':
        return claim(operation);
      case 'renew':
        return renew(operation);
    }
  }

  function attempt(operation: Operation): DocumentsReply['results'][number] {
    try {
      return { result: carryOut(operation) };
    } catch (error) {
      if (failureOf(error) !== 'wrong') throw error;
      const { message, retryable } = toEngineError(`collection ${operation.collection}`, error);
      return { failure: { message, retryable } };
    }
  }

  return {
    execute({ specs, operations }) {
      for (const spec of specs) declare(spec);
      const writes = operations.some(({ kind }) => kind !== 'get' && kind !== 'find');
      return { results: writes ? inTransaction(database, () => operations.map(attempt)) : operations.map(attempt) };
    },
    close: () => void database.close(),
  };
}

function tableOf(collection: string): string {
  return `"doc ${collection}"`;
}

function toRow([id, version, json, bytes]: RawRow): DocumentRow {
  return { id, version, json, bytes };
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'SQLITE_CONSTRAINT_UNIQUE';
}
