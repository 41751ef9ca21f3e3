import { tiers, type Resource, type Tier } from '@opsloop/contracts';
import type { SeriesInfo } from '@opsloop/ports';
import { newestScript, resourcesAtMost, stateScript } from './history-flux.js';
import type { InfluxConnection } from '../connection/influx-connection.js';
import { escapeName, measurementOf, metricOf, parseLabels, unescapeName } from '../series-names.js';
import { bucketOfTier, stateBucketOf } from '../tiers/tier-buckets.js';

export interface ListSeriesOptions {
  readonly connection: InfluxConnection;
  readonly prefix: string;
  readonly windowMs: number;
  readonly selector: { readonly tenant: string; readonly metric?: string; readonly resources?: readonly string[] };
}

interface Found {
  readonly measurement: string;
  readonly resource: string;
  readonly labels: string;
  lastStartMs: number;
}

/** Every series that has a window in some tier, with the start of its newest base window. There is no list of series to keep: the index of the windows is one. */
export async function listSeries(options: ListSeriesOptions): Promise<readonly SeriesInfo[]> {
  const found = new Map<string, Found>();
  for (const tier of tiers) await readNewest(options, tier, found);
  if (found.size === 0) return [];
  const resources = await readResources(options);
  return [...found.values()].flatMap(({ measurement, resource, labels, lastStartMs }) => {
    const known = resources.get(resource);
    return known ? [{ resource: known, metric: metricOf(measurement), labels: parseLabels(labels), lastStartMs }] : [];
  });
}

async function readNewest({ connection, prefix, windowMs, selector }: ListSeriesOptions, tier: Tier, found: Map<string, Found>): Promise<void> {
  const { tenant, metric, resources } = selector;
  const wanted = resources && resources.length > resourcesAtMost ? new Set(resources.map(escapeName)) : undefined;
  const source = { bucket: bucketOfTier(prefix, tier), fromMs: -Infinity, toMs: Infinity, resources, ...(metric === undefined ? { tenant } : {}) };
  // A row of an upper tier knows the time of its last sample, which lies in the newest base window.
  const field = tier === 'base' ? 'revision' : 'last_time';
  const measurement = metric === undefined ? undefined : measurementOf(tenant, metric);
  await connection.query(newestScript({ ...source, measurement }, field), (cells, columns) => {
    const cell = (name: string): string => cells[columns.indexOf(name)]!;
    const one = { measurement: measurement ?? cell('_measurement'), resource: cell('resource'), labels: cell('labels') };
    if (wanted && !wanted.has(one.resource)) return;
    const lastStartMs = tier === 'base' ? Date.parse(cell('_time')) : Math.floor(Number(cell('_value')) / windowMs) * windowMs;
    const key = `${one.measurement} ${one.resource} ${one.labels}`;
    const known = found.get(key);
    if (known) known.lastStartMs = Math.max(known.lastStartMs, lastStartMs);
    else found.set(key, { ...one, lastStartMs });
  });
}

async function readResources({ connection, prefix }: ListSeriesOptions): Promise<Map<string, Resource>> {
  const resources = new Map<string, Resource>();
  await connection.query(`${stateScript(stateBucketOf(prefix), 'resource')} |> last()`, (cells, columns) => {
    resources.set(cells[columns.indexOf('id')]!, JSON.parse(unescapeName(cells[columns.indexOf('_value')]!)) as Resource);
  });
  return resources;
}
