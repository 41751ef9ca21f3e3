import type { DuckDBConnection } from '@duckdb/node-api';
import { EngineError } from '@opsloop/ports';
import { appendColumns, withAppender } from './append-columns.js';
import type { SeriesDefinitions, StoredIds, WriteRequest } from '../metric-messages.js';
import { storeLateWindows } from './store-late-windows.js';
import { markBuckets, type Mark } from '../tiers/dirty-marks.js';
import type { FirstMarks } from '../tiers/first-marks.js';
import { hotSingles, hotTable } from './window-tables.js';

/** What a write put down besides its windows. */
export interface WrittenWindows {
  readonly stored: StoredIds;
  readonly marks: readonly Mark[];
}

export interface WriteWindowsDeps {
  readonly change: number;
  readonly windowMs: number;
  /** Highest ids of which the definitions are there already. */
  readonly stored: StoredIds;
  /** Marks that are there already. */
  readonly known: FirstMarks;
}

/** Stores windows, the definitions of their series and the marks of the buckets that they make dirty, inside the caller's change. */
export async function writeWindows(connection: DuckDBConnection, request: WriteRequest, { change, windowMs, stored, known }: WriteWindowsDeps): Promise<WrittenWindows> {
  const { definedBefore, definitions, rows: { single, fresh, late } } = request;
  // An earlier write that was to bring them has failed. Later ones must not close the gap: ids below the highest are taken for stored.
  if (stored.series < definedBefore.series || stored.resource < definedBefore.resource) throw new EngineError('the series of these windows could not be stored with the write before', { retryable: true });
  const now = await storeDefinitions(connection, definitions, stored);
  if (single) await appendColumns(connection, hotSingles, single, change);
  if (fresh) await appendColumns(connection, hotTable('base'), fresh, change);
  if (late) await storeLateWindows(connection, late, change, windowMs);
  const { resources, startsMs } = request.marks;
  const marks = known.missing(Array.from(resources, (resource, index) => [resource, startsMs[index]!]));
  await storeMarks(connection, marks, known);
  return { stored: now, marks };
}

async function storeMarks(connection: DuckDBConnection, marks: readonly Mark[], { tier, areAll }: FirstMarks): Promise<void> {
  if (marks.length === 0) return;
  if (areAll) return appendRows(connection, 'dirty', marks.map(([resource, startMs]) => [tier!, resource, BigInt(startMs)]));
  // Some of them may be stored: nothing would take their doubles out until they are rolled up.
  await connection.run('CREATE OR REPLACE TEMP TABLE marked (resource INTEGER NOT NULL, start BIGINT NOT NULL)');
  await appendRows(connection, 'marked', marks.map(([resource, startMs]) => [resource, BigInt(startMs)]), 'temp');
  const startsMs = marks.map(([, startMs]) => startMs).toSorted((a, b) => a - b);
  await markBuckets(connection, tier!, 'FROM temp.marked', { firstMs: startsMs[0]!, lastMs: startsMs.at(-1)! });
}

async function storeDefinitions(connection: DuckDBConnection, definitions: SeriesDefinitions, stored: StoredIds): Promise<StoredIds> {
  const { ids, resourceOf, metrics, labels } = definitions;
  const resources = definitions.resources.filter(({ id }) => id > stored.resource);
  await appendRows(connection, 'resources', resources.map(({ id, resource }) => [id, resource.id, resource.tenant, resource.provider, resource.region, resource.kind, resource.uid]));
  const series = Array.from(ids, (id, index) => [id, resourceOf[index]!, metrics[index]!, labels[index]!] as const).filter(([id]) => id > stored.series);
  await appendRows(connection, 'series', series);
  return { series: series.at(-1)?.[0] ?? stored.series, resource: resources.at(-1)?.id ?? stored.resource };
}

async function appendRows(connection: DuckDBConnection, table: string, rows: readonly (readonly (number | bigint | string)[])[], catalog = 'history'): Promise<void> {
  if (rows.length === 0) return;
  await withAppender(connection, table, catalog, (appender) => {
    for (const row of rows) {
      for (const value of row) {
        if (typeof value === 'number') appender.appendInteger(value);
        else if (typeof value === 'bigint') appender.appendBigInt(value);
        else appender.appendVarchar(value);
      }
      appender.endRow();
    }
  });
}
