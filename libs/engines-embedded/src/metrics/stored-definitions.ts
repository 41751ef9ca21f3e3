import type { DuckDBConnection } from '@duckdb/node-api';
import type { ForgetRequest, MetricStoreOpened } from './metric-messages.js';
import { newestStarts } from './windows/newest-starts.js';
import { inTransaction } from './transaction.js';

/** Every series that is stored, with its resource and the start of its newest window. */
export async function readDefinitions(connection: DuckDBConnection): Promise<MetricStoreOpened> {
  const resources = await readColumns(connection, 'SELECT id, hash, tenant, provider, region, kind, uid FROM resources ORDER BY id');
  const series = await readColumns(connection, `
    SELECT id, resource, metric, labels, coalesce(newest.start, '-infinity'::DOUBLE)
    FROM series LEFT JOIN (
      SELECT series, start::DOUBLE AS start FROM (${newestStarts()})
    ) AS newest ON newest.series = series.id ORDER BY id`);
  const [ids, hashes, tenants, providers, regions, kinds, uids] = resources as [number[], string[], string[], string[], string[], string[], string[]];
  const [seriesIds, resourceOf, metrics, labels, lastStartsMs] = series as [number[], number[], string[], string[], number[]];
  return {
    definitions: {
      resources: ids.map((id, at) => ({ id, resource: { id: hashes[at]!, tenant: tenants[at]!, provider: providers[at]!, region: regions[at]!, kind: kinds[at]!, uid: uids[at]! } })),
      ids: Int32Array.from(seriesIds),
      resourceOf: Int32Array.from(resourceOf),
      metrics,
      labels,
    },
    lastStartMs: Float64Array.from(lastStartsMs),
  };
}

/** Removes definitions of series that have no windows any more. */
export async function forgetDefinitions(connection: DuckDBConnection, { series, resources }: ForgetRequest): Promise<void> {
  await inTransaction(connection, async () => {
    if (series.length > 0) {
      const list = series.join(', ');
      await connection.run(`DELETE FROM series WHERE id IN (${list})`);
      await connection.run(`DELETE FROM series_last WHERE series IN (${list})`);
    }
    if (resources.length > 0) await connection.run(`DELETE FROM resources WHERE id IN (${resources.join(', ')})`);
  });
}

async function readColumns(connection: DuckDBConnection, sql: string): Promise<unknown[][]> {
  const reader = await connection.runAndReadAll(sql);
  const columns = reader.getColumns();
  return columns.length > 0 ? columns : Array.from({ length: reader.columnCount }, () => []);
}
