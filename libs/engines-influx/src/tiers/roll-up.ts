/** Recomputes dirty buckets of a tier from the next lower one. */
import { BucketReader, type SeriesBuckets } from '../read/bucket-reader.js';
import type { DirtyMarks, OpenMark, RolledTier } from './dirty-marks.js';
import type { Floors } from './floors.js';
import { historyPasses, measurementsScript, passesScript, rawScript, resourcesAtMost, windowFields, type WindowSource } from '../read/history-flux.js';
import type { InfluxConnection } from '../connection/influx-connection.js';
import { LineEncoder, lineTail, type WindowRow } from '../write/line-encoder.js';
import { escapeName } from '../series-names.js';
import { bucketOfTier, lowerTier, upperTier, widthOfTier } from './tier-buckets.js';

/** Buckets of resources in one slice: of few resources all metrics are read at once, of many one metric after the other. */
const pairsAtMost = { few: 400, many: 5_000 };
/** A gap of this many buckets starts a new slice: what lies between would be read for nothing. */
const gapBuckets = 60;
/** From this many windows a bucket InfluxDB aggregates; below, the windows themselves are the shorter answer. */
export const aggregateFrom = 8;
/** An owner that stood still for this long may have been replaced: what it read is read again. */
const staleMs = 30_000;
const readAgainAtMost = 3;
const bodyBytes = 2 * 2 ** 20;

export interface RollUpOptions {
  readonly connection: InfluxConnection;
  readonly marks: DirtyMarks;
  readonly prefix: string;
  readonly windowMs: number;
  readonly floors: Floors;
  readonly monotonicMs: () => number;
  readonly onTooOld: (windows: number) => void;
}

/** Buckets of one tier, by start: the ids of the resources that are dirty in them. */
type DirtyBuckets = ReadonlyMap<number, ReadonlySet<string>>;

interface Slice {
  readonly buckets: DirtyBuckets;
  readonly resources: ReadonlySet<string>;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Works off the marks of buckets that end at or before `untilMs`. Returns how many rows it wrote. */
export async function rollUp(options: RollUpOptions, tier: RolledTier, untilMs: number): Promise<number> {
  const { marks, windowMs, floors } = options;
  const widthMs = widthOfTier(tier, windowMs);
  const due = (await marks.open(tier)).filter((mark) => lastBucket(mark, widthMs) + widthMs <= untilMs);
  const floorMs = Math.max(floors.get(tier) ?? -Infinity, floors.get(lowerTier(tier)) ?? -Infinity);
  let rows = 0;
  for (const slice of slicesOf(dirtyBuckets(due, widthMs, floorMs), widthMs)) rows += await rollUpSlice(options, tier, slice);
  // In this order: a roll-up that was cut off is done again, and gives the same rows.
  await markUpper(options, tier, due);
  await marks.done(tier, due);
  return rows;
}

/** A mark may have been made under another base width, so it may touch several buckets. */
function lastBucket({ startMs, widthMs }: OpenMark, bucketMs: number): number {
  return Math.floor((startMs + widthMs - 1) / bucketMs) * bucketMs;
}

function dirtyBuckets(marks: readonly OpenMark[], widthMs: number, floorMs: number): DirtyBuckets {
  const buckets = new Map<number, Set<string>>();
  for (const mark of marks) {
    for (let startMs = Math.floor(mark.startMs / widthMs) * widthMs; startMs <= lastBucket(mark, widthMs); startMs += widthMs) {
      // A bucket of which a part was dropped could only lose, and one that was dropped must not come back.
      if (startMs < floorMs) continue;
      let resources = buckets.get(startMs);
      if (!resources) buckets.set(startMs, (resources = new Set()));
      for (const id of mark.resources) resources.add(id);
    }
  }
  return buckets;
}

function* slicesOf(buckets: DirtyBuckets, widthMs: number): Iterable<Slice> {
  let taken = new Map<number, ReadonlySet<string>>();
  let resources = new Set<string>();
  let pairs = 0;
  let lastMs = -Infinity;
  const slice = (): Slice => ({ buckets: taken, resources, fromMs: taken.keys().next().value!, toMs: lastMs + widthMs });
  for (const [startMs, ids] of [...buckets].toSorted(([a], [b]) => a - b)) {
    const together = new Set([...resources, ...ids]);
    const most = together.size <= resourcesAtMost ? pairsAtMost.few : pairsAtMost.many;
    if (taken.size > 0 && (pairs + ids.size > most || startMs - lastMs > gapBuckets * widthMs)) {
      yield slice();
      taken = new Map();
      resources = new Set();
      pairs = 0;
    }
    taken.set(startMs, ids);
    for (const id of ids) resources.add(id);
    pairs += ids.size;
    lastMs = startMs;
  }
  if (taken.size > 0) yield slice();
}

async function rollUpSlice(options: RollUpOptions, tier: RolledTier, slice: Slice): Promise<number> {
  const { connection, prefix } = options;
  const source: WindowSource = { bucket: bucketOfTier(prefix, lowerTier(tier)), fromMs: slice.fromMs, toMs: slice.toMs, resources: [...slice.resources] };
  if (slice.resources.size <= resourcesAtMost) return rollUpSource(options, tier, slice, source);
  const measurements: string[] = [];
  await connection.query(measurementsScript(source.bucket, source.fromMs, source.toMs), (cells, columns) => void measurements.push(cells[columns.indexOf('_value')]!));
  let rows = 0;
  for (const measurement of measurements) rows += await rollUpSource(options, tier, slice, { ...source, measurement });
  return rows;
}

async function rollUpSource(options: RollUpOptions, tier: RolledTier, slice: Slice, source: WindowSource): Promise<number> {
  const { monotonicMs } = options;
  for (let attempt = 1; ; attempt++) {
    const beganMs = monotonicMs();
    const series = await readSource(options, tier, slice, source);
    if (monotonicMs() - beganMs > staleMs && attempt < readAgainAtMost) continue;
    return writeBuckets(options, tier, series, source.measurement);
  }
}

async function readSource({ connection, windowMs }: RollUpOptions, tier: RolledTier, { buckets }: Slice, source: WindowSource): Promise<readonly SeriesBuckets[]> {
  const stepMs = widthOfTier(tier, windowMs);
  const named = new Map([...buckets].map(([startMs, ids]) => [startMs, new Set([...ids].map(escapeName))]));
  const reader = new BucketReader({ stepMs, mostPoints: Infinity, wants: (resource, startMs) => named.get(startMs)?.has(resource) === true });
  const aggregated = stepMs / widthOfTier(lowerTier(tier), windowMs) >= aggregateFrom;
  const script = aggregated
    ? passesScript(source, historyPasses.map((pass) => (pass.fn === 'max' ? { ...pass, fields: [...pass.fields, 'revision'] } : pass)), stepMs)
    : rawScript(source, [...windowFields, 'revision']);
  await connection.query(script, reader.onRow);
  return reader.finish();
}

async function writeBuckets({ connection, prefix, windowMs, onTooOld }: RollUpOptions, tier: RolledTier, series: readonly SeriesBuckets[], measurement?: string): Promise<number> {
  const encoder = new LineEncoder();
  const send = async (): Promise<void> => {
    if (encoder.lines > 0) await connection.write(encoder.take(), { bucket: bucketOfTier(prefix, tier), precision: 'ms', onTooOld });
  };
  let rows = 0;
  for (const one of series) {
    const name = Buffer.from(`${measurement ?? one.measurement},labels=${one.labels}`, 'latin1');
    const tags = Buffer.from(`,resource=${one.resource},width=${widthOfTier(tier, windowMs)}`, 'latin1');
    const { columns } = one;
    for (const [place, startMs] of columns.starts.entries()) {
      const row = rowOf(one, place);
      if (!isWhole(row)) continue;
      // A bucket is recomputed as more windows arrive: the long form alone leaves no field of an earlier one behind.
      encoder.add(name, 0, name.length, tags, row, lineTail(columns.revision[place]!, startMs), true);
      rows += 1;
    }
    if (encoder.byteLength >= bodyBytes) await send();
  }
  await send();
  return rows;
}

function rowOf({ columns }: SeriesBuckets, place: number): WindowRow {
  return { count: columns.count[place]!, sum: columns.sum[place]!, min: columns.min[place]!, max: columns.max[place]!, last: columns.lastOf(place), lastTimeMs: columns.newestMs(place) };
}

/**
 * Finite windows may add up to what is not. And of a window that is being written some fields may be seen before others:
 * its mark follows, and brings its bucket again. A line with either would refuse the others.
 */
function isWhole({ sum, min, max, last, lastTimeMs }: WindowRow): boolean {
  return [sum, min, max, last, lastTimeMs].every(Number.isFinite);
}

async function markUpper({ marks, windowMs }: RollUpOptions, tier: RolledTier, due: readonly OpenMark[]): Promise<void> {
  const upper = upperTier(tier);
  if (upper === undefined || due.length === 0) return;
  const widthMs = widthOfTier(upper, windowMs);
  const buckets = dirtyBuckets(due, widthMs, -Infinity);
  await marks.add(upper, [...buckets].map(([startMs, ids]) => ({ startMs, widthMs, resources: [...ids] })));
}
