import { flux, fluxDuration, fluxExpression, type FluxParameterLike, fluxString, type ParameterizedQuery } from '@influxdata/influxdb-client';
import type { Labels } from '@opsloop/contracts';
import { escapeName } from '../series-names.js';

/** The only place where Flux is written. Every name goes through the client's own escaping, or is of safe letters (series-names). */

/** More resources than this are read with all others and picked out afterwards: matching each against the index costs more. */
export const resourcesAtMost = 200;

/** InfluxDB's range of times, to the day. */
const leastMs = Date.UTC(1677, 8, 23);
const mostMs = Date.UTC(2262, 3, 10);

export interface WindowFilter {
  readonly measurement?: string | undefined;
  /** All measurements of this tenant. */
  readonly tenant?: string | undefined;
  /** Ids; at most `resourcesAtMost` are matched by the server. */
  readonly resources?: readonly string[] | undefined;
  readonly labels?: Labels | undefined;
}

export interface WindowSource extends WindowFilter {
  readonly bucket: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** What a pass aggregates: InfluxDB's function, and the fields that it runs over. */
export interface Pass {
  readonly fn: 'sum' | 'count' | 'min' | 'max' | 'last';
  readonly fields: readonly string[];
}

export const windowFields = ['avg', 'at', 'rest_sum', 'rest_count', 'min', 'max', 'last', 'last_time'] as const;

export const historyPasses: readonly Pass[] = [
  { fn: 'sum', fields: ['avg', 'rest_sum', 'rest_count'] },
  { fn: 'count', fields: ['avg'] },
  { fn: 'min', fields: ['avg', 'min'] },
  { fn: 'max', fields: ['avg', 'max'] },
  { fn: 'last', fields: ['avg', 'at', 'last', 'last_time'] },
];

/** Every row of the fields: `_time`, `_value`. */
export function rawScript(source: WindowSource, fields: readonly string[]): string {
  return `${from(source, fields)} |> ${slim(source)} |> yield(name: "raw")`;
}

/** One row a bucket and field (a series and field without `stepMs`), of each pass in a result of its name; `_time` is the start. */
export function passesScript(source: WindowSource, passes: readonly Pass[], stepMs: number | undefined): string {
  return passes.map(({ fn, fields }) => {
    const windowed = stepMs === undefined ? `${fn}()` : flux`aggregateWindow(every: ${fluxDuration(`${stepMs}ms`)}, fn: ${fluxExpression(fn)}, createEmpty: false, timeSrc: "_start")`;
    return `${from(source, fields)} |> ${windowed.toString()} |> ${slim(source)} |> yield(name: "${fn}")`;
  }).join('\n');
}

/** The newest row of a field in each series. */
export function newestScript(source: WindowSource, field: string): string {
  return `${from(source, [field])} |> last() |> ${slim(source)}`;
}

/** Rows of what is not a window (marks, floors, resources); all tags are kept. */
export function stateScript(bucket: string, measurement: string, { fromMs = -Infinity, fields, tier }: { fromMs?: number; fields?: readonly string[]; tier?: string } = {}): string {
  const ofTier = tier === undefined ? '' : flux` |> filter(fn: (r) => r.tier == ${tier})`.toString();
  return `${from({ bucket, measurement, fromMs, toMs: Infinity }, fields)}${ofTier} |> drop(columns: ["_start", "_stop", "_measurement"])`;
}

/** Names of the measurements that have windows in the range. */
export function measurementsScript(bucket: string, fromMs: number, toMs: number): string {
  return `import "influxdata/influxdb/schema"\n${flux`schema.measurements(bucket: ${bucket}, start: ${time(fromMs)}, stop: ${time(toMs)})`.toString()}`;
}

/** Columns that say the same in every row cost a third of the answer. */
function slim({ measurement }: WindowFilter): string {
  return `drop(columns: ["_start", "_stop"${measurement === undefined ? '' : ', "_measurement"'}])`;
}

function from({ bucket, fromMs, toMs, ...filter }: WindowSource, fields?: readonly string[]): string {
  const conditions = conditionsOf(filter, fields);
  const filtered = conditions.length === 0 ? '' : ` |> filter(fn: (r) => ${conditions.join(' and ')})`;
  return `${flux`from(bucket: ${bucket}) |> range(start: ${time(fromMs)}, stop: ${time(toMs)})`.toString()}${filtered}`;
}

function conditionsOf({ measurement, tenant, resources, labels = {} }: WindowFilter, fields?: readonly string[]): string[] {
  const conditions: ParameterizedQuery[] = [];
  if (measurement !== undefined) conditions.push(flux`r._measurement == ${measurement}`);
  if (tenant !== undefined) conditions.push(flux`r._measurement =~ ${pattern(`^${literal(tenant)}:`)}`);
  if (resources && resources.length <= resourcesAtMost) conditions.push(flux`r.resource =~ ${pattern(`^(${resources.map(literal).join('|')})$`)}`);
  for (const [label, value] of Object.entries(labels)) {
    conditions.push(value === ''
      ? flux`r.labels !~ ${pattern(`(^|;)${literal(label)}:[^;]`)}`
      : flux`r.labels =~ ${pattern(`(^|;)${literal(label)}:${literal(value)}(;|$)`)}`);
  }
  const texts = conditions.map(String);
  return fields ? [...texts, `(${fields.map((field) => `r._field == ${String(fluxString(field))}`).join(' or ')})`] : texts;
}

/** A name as a part of a pattern that matches it alone. */
function literal(name: string): string {
  return escapeName(name).replaceAll('.', '\\.').replaceAll('/', '\\/');
}

/** Compiled patterns are not handed down to the storage; a literal is. Its text holds safe letters only. */
function pattern(text: string): FluxParameterLike {
  return fluxExpression(`/${text}/`);
}

function time(ms: number): FluxParameterLike {
  return fluxExpression(new Date(Math.min(Math.max(Math.ceil(ms), leastMs), mostMs)).toISOString());
}
