import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';
import { BIGINT, DOUBLE, duckdb, DuckDBDataChunk, INTEGER } from './duckdb.js';
import { columnsInOrder, type WindowColumns } from './window-columns.js';
import { windowColumnTypes } from './window-tables.js';

const types = { INTEGER, BIGINT, DOUBLE } as const;
const rowsPerChunk = duckdb.vector_size();
const noneValid = new ArrayBuffer(Math.ceil(rowsPerChunk / 64) * 8);
/** min, max, last: left out of a chunk in which all of them equal sum. */
const derived: readonly string[] = ['min', 'max', 'last'];

/**
 * Appends rows to a table by copying whole columns into DuckDB's vectors; per-value calls would cost ten times as much.
 * Blocks the thread for about 0.15 us a row.
 */
export async function appendColumns(connection: DuckDBConnection, table: string, columns: WindowColumns, change: number, catalog = 'history'): Promise<void> {
  const chunk = DuckDBDataChunk.create(windowColumnTypes.map(([, type]) => types[type]));
  const arrays = columnsInOrder(columns);
  const changes = new BigInt64Array(rowsPerChunk).fill(BigInt(change));
  await withAppender(connection, table, catalog, (appender) => {
    for (let from = 0; from < columns.rows; from += rowsPerChunk) {
      const rows = Math.min(rowsPerChunk, columns.rows - from);
      const narrow = equalSums(columns, from, from + rows);
      chunk.reset();
      chunk.rowCount = rows;
      windowColumnTypes.forEach(([name], index) => {
        const vector = duckdb.data_chunk_get_vector(chunk.chunk, index);
        if (narrow && derived.includes(name)) {
          duckdb.vector_ensure_validity_writable(vector);
          duckdb.copy_data_to_vector_validity(vector, 0, noneValid, 0, noneValid.byteLength);
        } else if (name === 'change') {
          duckdb.copy_data_to_vector(vector, 0, changes.buffer, 0, rows * 8);
        } else {
          const { buffer, byteOffset, BYTES_PER_ELEMENT: sizeBytes } = arrays[index]!;
          duckdb.copy_data_to_vector(vector, 0, buffer as ArrayBuffer, byteOffset + from * sizeBytes, rows * sizeBytes);
        }
      });
      appender.appendDataChunk(chunk);
    }
  });
}

/** Appends to a table of `catalog` inside the caller's transaction: all that `fill` appends, or nothing. */
export async function withAppender(connection: DuckDBConnection, table: string, catalog: string, fill: (appender: DuckDBAppender) => void): Promise<void> {
  const appender = await connection.createAppender(table, 'main', catalog);
  try {
    fill(appender);
    appender.closeSync();
  } catch (error) {
    // A forgotten appender would flush what it holds into a later transaction.
    appender.clear();
    appender.closeSync();
    throw error;
  }
}

function equalSums({ sum, min, max, last }: WindowColumns, from: number, to: number): boolean {
  for (let row = from; row < to; row++) if (min[row] !== sum[row] || max[row] !== sum[row] || last[row] !== sum[row]) return false;
  return true;
}
