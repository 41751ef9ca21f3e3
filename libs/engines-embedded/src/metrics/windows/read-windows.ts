import type { DuckDBConnection } from '@duckdb/node-api';
import { EngineError } from '@opsloop/ports';
import { inSnapshot } from '../committed-change.js';
import { duckdb } from '../duckdb.js';
import type { HistoryReply, HistoryRequest, Span, TopReply, TopRequest } from '../metric-messages.js';
import { aggregateSql, bucketOf } from './window-tables.js';

/** Runs a read on a connection of its own; several may run at the same time. */
export type OnConnection = <T>(read: (connection: DuckDBConnection) => Promise<T>) => Promise<T>;

/** Fewer series than this are read in one go. */
const splitFrom = 32;

/** Points (series, start, aggregates) of the buckets that hold data, ordered by series and start. Many series are read on `ways` connections side by side. */
export async function readHistory(onConnection: OnConnection, ways: number, request: HistoryRequest): Promise<HistoryReply> {
  const { maxPoints } = request;
  const parts = await Promise.all(splitSeries(request, ways).map((part) => onConnection((connection) => inSnapshot(connection, (change) => readDoubles(connection, historySql(part, change), 7)))));
  if (parts.reduce((sum, [series]) => sum + series!.length, 0) > maxPoints) throw new EngineError(`the answer has more than ${maxPoints} points: ask for a longer step, a shorter range or fewer series`, { retryable: false });
  return concatenate(parts);
}

/** The n series with the highest or lowest aggregate over the span: (series, value), best first. */
export async function readTop(onConnection: OnConnection, ways: number, request: TopRequest): Promise<TopReply> {
  const parts = await Promise.all(splitSeries(request, ways).map((part) => onConnection((connection) => inSnapshot(connection, (change) => readDoubles(connection, topSql(part, change), 2)))));
  const [series, values] = concatenate(parts) as [Float64Array, Float64Array];
  const sign = request.direction === 'highest' ? -1 : 1;
  const best = [...series.keys()].sort((a, b) => sign * (values[a]! - values[b]!) || series[a]! - series[b]!).slice(0, request.n);
  return [Float64Array.from(best, (at) => series[at]!), Float64Array.from(best, (at) => values[at]!)];
}

/** Rows are sorted by series, so ranges of series are parts of the work that have nothing in common. */
function splitSeries<T extends Span>(request: T, ways: number): T[] {
  const { series } = request;
  if (series.length < splitFrom) return [request];
  return Array.from({ length: ways }, (_, part) => ({ ...request, series: series.subarray(Math.floor((part * series.length) / ways), Math.floor(((part + 1) * series.length) / ways)) }));
}

function concatenate(parts: readonly (readonly Float64Array[])[]): readonly Float64Array[] {
  if (parts.length === 1) return parts[0]!;
  return parts[0]!.map((_, column) => {
    const whole = new Float64Array(parts.reduce((sum, part) => sum + part[column]!.length, 0));
    let from = 0;
    for (const part of parts) {
      whole.set(part[column]!, from);
      from += part[column]!.length;
    }
    return whole;
  });
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
function spanSql({ tables, series, fromMs, toMs }: Span, change: number): { readonly rows: string; readonly having: string } {
  const least = series[0]!;
  const most = series.at(-1)!;
  const between = most - least + 1;
  const dense = series.length * 2 >= between;
  const list = `series IN (${series.join(', ')})`;
  const wanted = series.length === 1 ? `series = ${least}` : `series BETWEEN ${least} AND ${most}${dense ? '' : ` AND ${list}`}`;
  const select = `start >= ${Math.ceil(fromMs)} AND start < ${Math.ceil(toMs)} AND ${wanted} AND change <= ${change}`;
  return {
    rows: `(${tables.map((table) => `SELECT * FROM ${table} WHERE ${select}`).join(' UNION ALL ')})`,
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
