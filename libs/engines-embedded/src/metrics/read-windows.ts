import type { DuckDBConnection } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { EngineError } from '@opsloop/ports';
import { inSnapshot } from './committed-change.js';
import type { HistoryReply, HistoryRequest, Span, TopReply, TopRequest } from './metric-messages.js';
import { aggregateSql, bothTables, bucketOf } from './window-tables.js';

/** Points (series, start, aggregates) of the buckets that hold data, ordered by series and start. */
export async function readHistory(connection: DuckDBConnection, request: HistoryRequest): Promise<HistoryReply> {
  const { maxPoints } = request;
  const columns = await inSnapshot(connection, (change) => readDoubles(connection, historySql(request, change), 7));
  if (columns[0]!.length > maxPoints) throw new EngineError(`the answer has more than ${maxPoints} points: ask for a longer step, a shorter range or fewer series`, { retryable: false });
  return columns;
}

/** The n series with the highest or lowest aggregate over the span: (series, value), best first. */
export function readTop(connection: DuckDBConnection, request: TopRequest): Promise<TopReply> {
  return inSnapshot(connection, (change) => readDoubles(connection, topSql(request, change), 2));
}

function historySql(request: HistoryRequest, change: number): string {
  const { stepMs, maxPoints } = request;
  const { count, sum, min, max, last } = aggregateSql;
  const { rows, having } = spanSql(request, change);
  return `SELECT series::DOUBLE, ${bucketOf('start', stepMs)}::DOUBLE AS bucket, ${count}::DOUBLE, ${sum}, ${min}, ${max}, ${last}
    FROM ${rows} GROUP BY series, bucket ${having} ORDER BY series, bucket LIMIT ${maxPoints + 1}`;
}

function topSql(request: TopRequest, change: number): string {
  const { aggregate, n, direction } = request;
  const { rows, having } = spanSql(request, change);
  return `SELECT series::DOUBLE AS series, (${aggregateSql[aggregate]})::DOUBLE AS value
    FROM ${rows} GROUP BY series ${having} ORDER BY value ${direction === 'highest' ? 'DESC' : 'ASC'}, series LIMIT ${n}`;
}

/**
 * Rows of the span. Where the wanted series are most of those between the least and the greatest id, all between are
 * aggregated and the others thrown away afterwards: cheaper than looking up every row.
 */
function spanSql({ tier, series, fromMs, toMs }: Span, change: number): { readonly rows: string; readonly having: string } {
  const least = series[0]!;
  const most = series.at(-1)!;
  const between = most - least + 1;
  const dense = series.length * 2 >= between;
  const list = `series IN (${series.join(', ')})`;
  const wanted = series.length === 1 ? `series = ${least}` : `series BETWEEN ${least} AND ${most}${dense ? '' : ` AND ${list}`}`;
  const select = `start >= ${Math.ceil(fromMs)} AND start < ${Math.ceil(toMs)} AND ${wanted} AND change <= ${change}`;
  return {
    rows: `(${bothTables(tier).map((table) => `SELECT * FROM ${table} WHERE ${select}`).join(' UNION ALL ')})`,
    having: dense && series.length < between ? `HAVING ${list}` : '',
  };
}

/** Runs a query whose columns are all DOUBLE and not null. */
export async function readDoubles(connection: DuckDBConnection, sql: string, columns: number): Promise<Float64Array[]> {
  const result = await connection.run(sql);
  const chunks = await result.fetchAllChunks();
  const rows = chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0);
  const read = Array.from({ length: columns }, () => new Float64Array(rows));
  let from = 0;
  for (const chunk of chunks) {
    const length = chunk.rowCount;
    read.forEach((column, index) => {
      const bytes = duckdb.vector_get_data(duckdb.data_chunk_get_vector(chunk.chunk, index), length * 8);
      column.set(new Float64Array(bytes.buffer, bytes.byteOffset, length), from);
    });
    from += length;
  }
  return read;
}
