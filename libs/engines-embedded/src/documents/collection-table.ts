/**
 * The table of one collection: documents as JSON, and beside them a column for each declared field.
 *
 * Whoever goes back to an older build may do so: it writes documents, but not the columns of fields that were declared
 * since. So each row tells for which version of the document its columns were written. Every build that ever was raises the version
 * with each write; only those that know `indexed_version` raise that, too. Where the two differ, columns are made again
 * from the document when the table is next opened, and a partial index finds these rows: it is empty while there are
 * none. A higher `user_version` would be simpler and shut older builds out, each time that a field is declared.
 * Columns that this build does not declare are dropped, since it would leave them stale without such a sign.
 */
import type { CollectionSpec, Document } from '@opsloop/ports';
import { EngineError } from '@opsloop/ports';
import type { Sqlite } from '../sqlite/open-database.js';
import { columnOf, fieldValues } from './declared-fields.js';

const columnPrefix = 'f ';

export function tableOf(collection: string): string {
  return `"doc ${collection}"`;
}

/**
 * Makes the table or brings it up to date. Runs inside a transaction. Throws a non-retryable EngineError that names a
 * document which does not fit what is declared.
 */
export function openTable(database: Sqlite, spec: CollectionSpec, fields: readonly string[]): void {
  const { name, unique = [], indexes = [] } = spec;
  const table = tableOf(name);
  database.exec(`CREATE TABLE IF NOT EXISTS ${table} (key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, indexed_version INTEGER, lease_owner TEXT, lease_until INTEGER, lease_ms INTEGER${fields.map((field) => `, ${columnOf(field)}`).join('')}, json TEXT NOT NULL, bytes BLOB)`);
  const present = (database.prepare(`PRAGMA table_info(${table})`).raw().all([]) as [number, string][]).map(([, column]) => column);
  for (const column of present) if (column.startsWith(columnPrefix) && !fields.includes(column.slice(columnPrefix.length))) dropColumn(database, table, column);
  const added = [...['indexed_version', 'lease_ms'].filter((column) => !present.includes(column)), ...fields.filter((field) => !present.includes(columnPrefix + field)).map(columnOf)];
  for (const column of added) database.exec(`ALTER TABLE ${table} ADD COLUMN ${column}`);
  database.exec(`CREATE INDEX IF NOT EXISTS "stale ${name}" ON ${table} (key) WHERE indexed_version IS NOT version`);
  fillColumns(database, spec, fields, added.length > 0 ? '' : `INDEXED BY "stale ${name}" WHERE indexed_version IS NOT version AND`);
  for (const key of unique) createUniqueKey(database, name, key);
  for (const index of indexes) {
    // The id at the end orders ties and serves cursors.
    const columns = index.includes('id') ? index : [...index, 'id'];
    database.exec(`CREATE INDEX IF NOT EXISTS "index ${name} ${index.join(' ')}" ON ${table} (${columns.map(columnOf).join(', ')})`);
  }
}

/** With the indexes that use it. */
function dropColumn(database: Sqlite, table: string, column: string): void {
  const indexes = database.prepare(`SELECT i.name FROM pragma_index_list(?) i, pragma_index_info(i.name) c WHERE c.name = ?`).raw().all([table.slice(1, -1), column]) as [string][];
  for (const [index] of indexes) database.exec(`DROP INDEX "${index}"`);
  database.exec(`ALTER TABLE ${table} DROP COLUMN "${column}"`);
}

/** Makes the columns of `rows` again from their documents. */
function fillColumns(database: Sqlite, { name, unique = [] }: CollectionSpec, fields: readonly string[], rows: string): void {
  const update = database.prepare(`UPDATE ${tableOf(name)} SET ${[...fields.map((field) => `${columnOf(field)} = ?`), 'indexed_version = version'].join(', ')} WHERE key = ?`);
  const read = database.prepare(`SELECT key, json FROM ${tableOf(name)} ${rows || 'WHERE'} key > ? ORDER BY key LIMIT 100`).raw();
  for (let after = 0; ; ) {
    const found = read.all([after]) as [number, string][];
    if (found.length === 0) return;
    // Documents may have exchanged their keys: half-way two would have the same.
    if (after === 0) for (const key of unique) database.exec(`DROP INDEX IF EXISTS ${uniqueIndexOf(name, key)}`);
    for (const [key, json] of found) update.run([...valuesOf(name, fields, JSON.parse(json) as Document), key]);
    after = found.at(-1)![0];
  }
}

function valuesOf(collection: string, fields: readonly string[], doc: Document): ReturnType<typeof fieldValues> {
  try {
    return fieldValues(collection, fields, doc);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new EngineError(`${error.message}: change it or remove the document with the version that wrote it, then start this one`, { retryable: false, cause: error });
  }
}

function createUniqueKey(database: Sqlite, collection: string, key: readonly string[]): void {
  const columns = key.map(columnOf);
  const isThere = columns.map((column) => `${column} IS NOT NULL`).join(' AND ');
  const index = `CREATE UNIQUE INDEX IF NOT EXISTS ${uniqueIndexOf(collection, key)} ON ${tableOf(collection)} (${columns.join(', ')})`;
  try {
    database.exec(index);
  } catch (error) {
    const [one, other] = (database.prepare(`SELECT min(id), max(id) FROM ${tableOf(collection)} WHERE ${isThere} GROUP BY ${columns.join(', ')} HAVING count(*) > 1 LIMIT 1`).raw().get([]) ?? []) as string[];
    if (one === undefined) throw error;
    throw new EngineError(`collection ${collection}: document ${other} has the unique key (${key.join(', ')}) of document ${one}: remove one of them with the version that wrote them, then start this one`, { retryable: false, cause: error });
  }
}

function uniqueIndexOf(collection: string, key: readonly string[]): string {
  return `"unique ${collection} ${key.join(' ')}"`;
}
