import type { WindowBatch } from '@opsloop/contracts';
import { checkWindows } from '@opsloop/ports';
import type { WriteRequest } from '../metric-messages.js';
import type { KnownResource, SeriesCatalog } from '../series-catalog.js';
import type { SingleColumns, WindowColumns, WriteRows } from './window-columns.js';

export interface GatherDeps {
  readonly catalog: SeriesCatalog;
  /** Width of base windows. */
  readonly windowMs: number;
  /** Width of the buckets that are marked. */
  readonly bucketMs: number;
  /** Empty columns for so many rows. */
  takeSingles(capacity: number): SingleColumns;
  takeWindows(capacity: number): WindowColumns;
}

/**
 * Copies batches into columns, split into rows that are new for certain, those of one sample apart, and rows that may be
 * stored already. A row is fresh when its window starts after every window of its series before it: such a row cannot be
 * stored yet, whatever its revision.
 * Throws a non-retryable EngineError for a batch that cannot be stored; then nothing of the call should be written.
 */
export function gatherWindows(batches: readonly WindowBatch[], { catalog, windowMs, bucketMs, takeSingles, takeWindows }: GatherDeps): Pick<WriteRequest, 'rows' | 'marks'> {
  let capacity = 0;
  for (const batch of batches) capacity += checkWindows(batch);
  const rows: { -readonly [Kind in keyof WriteRows]: WriteRows[Kind] } = { single: undefined, fresh: undefined, late: undefined };
  const marks = new Map<string, { readonly resource: number; readonly startMs: number }>();
  let marked: { readonly resource: KnownResource; readonly startMs: number } | undefined;
  for (const batch of batches) {
    const resource = catalog.resourceOf(batch.resource);
    const ids = catalog.idsOf(resource, batch.dictionary);
    // Not before: new ids may have made it grow.
    const { lastStartsMs } = catalog;
    if (catalog.hasTwins(ids) || !isNewer(lastStartsMs, ids, batch)) {
      copySplit((rows.fresh ??= takeWindows(capacity)), (rows.late ??= takeWindows(capacity)), ids, batch, lastStartsMs);
    } else if (batch.widthMs === windowMs && isSingle(batch)) {
      copyCommon((rows.single ??= takeSingles(capacity)), ids, batch, lastStartsMs);
    } else {
      copyAll((rows.fresh ??= takeWindows(capacity)), ids, batch, lastStartsMs);
    }
    const startMs = Math.floor(batch.startMs / bucketMs) * bucketMs;
    if (marked?.resource === resource && marked.startMs === startMs) continue;
    marked = { resource, startMs };
    marks.set(`${resource.id} ${startMs}`, { resource: resource.id, startMs });
  }
  const all = [...marks.values()];
  return { rows, marks: { resources: Int32Array.from(all, (one) => one.resource), startsMs: Float64Array.from(all, (one) => one.startMs) } };
}

function isNewer(lastStartsMs: Float64Array, ids: Int32Array, { slots, startMs }: WindowBatch): boolean {
  const rows = slots ? slots.length : ids.length;
  for (let row = 0; row < rows; row++) if (!(startMs > lastStartsMs[ids[slots ? slots[row]! : row]!]!)) return false;
  return true;
}

function isSingle({ count, sum, min, max, last }: WindowBatch): boolean {
  for (let row = 0; row < count.length; row++) {
    const value = sum[row];
    if (count[row] !== 1 || min[row] !== value || max[row] !== value || last[row] !== value) return false;
  }
  return true;
}

function copyAll(target: WindowColumns, ids: Int32Array, batch: WindowBatch, lastStartsMs: Float64Array): void {
  const from = target.rows;
  copyCommon(target, ids, batch, lastStartsMs);
  target.widthMs.fill(batch.widthMs, from, target.rows);
  target.count.set(batch.count, from);
  target.min.set(batch.min, from);
  target.max.set(batch.max, from);
  target.last.set(batch.last, from);
}

/** The columns that all windows have. */
function copyCommon(target: SingleColumns, ids: Int32Array, batch: WindowBatch, lastStartsMs: Float64Array): void {
  const { slots, startMs, lastTimeMs } = batch;
  const from = target.rows;
  const rows = slots ? slots.length : ids.length;
  for (let row = 0; row < rows; row++) {
    const id = ids[slots ? slots[row]! : row]!;
    lastStartsMs[id] = startMs;
    target.series[from + row] = id;
    target.lastOffsetMs[from + row] = lastTimeMs[row]! - startMs;
  }
  target.startMs.fill(BigInt(startMs), from, from + rows);
  target.revision.fill(BigInt(batch.revision), from, from + rows);
  target.sum.set(batch.sum, from);
  target.rows += rows;
}

function copySplit(fresh: WindowColumns, late: WindowColumns, ids: Int32Array, batch: WindowBatch, lastStartsMs: Float64Array): void {
  const { slots, startMs } = batch;
  const rows = slots ? slots.length : ids.length;
  for (let row = 0; row < rows; row++) {
    const id = ids[slots ? slots[row]! : row]!;
    const isFresh = startMs > lastStartsMs[id]!;
    const target = isFresh ? fresh : late;
    if (isFresh) lastStartsMs[id] = startMs;
    const to = target.rows++;
    target.series[to] = id;
    target.startMs[to] = BigInt(startMs);
    target.widthMs[to] = batch.widthMs;
    target.revision[to] = BigInt(batch.revision);
    target.count[to] = batch.count[row]!;
    target.sum[to] = batch.sum[row]!;
    target.min[to] = batch.min[row]!;
    target.max[to] = batch.max[row]!;
    target.last[to] = batch.last[row]!;
    target.lastOffsetMs[to] = batch.lastTimeMs[row]! - startMs;
  }
}
