import type { WindowBatch } from '@opsloop/contracts';
import { checkWindows } from '@opsloop/ports';
import type { WriteRequest } from './metric-messages.js';
import type { KnownResource, SeriesCatalog } from './series-catalog.js';
import type { SpareColumns, WindowColumns } from './window-columns.js';

/** The rows of window batches, split into those that are new for certain and those that may be stored already. */
export type GatheredWindows = Pick<WriteRequest, 'fresh' | 'late' | 'marks'>;

/**
 * Copies batches into columns. A row is fresh when its window starts after every window of its series before it:
 * such a row cannot be stored yet, whatever its revision.
 * Throws a non-retryable EngineError for a batch that cannot be stored; then nothing of the call should be written.
 */
export function gatherWindows(catalog: SeriesCatalog, spares: SpareColumns, batches: readonly WindowBatch[], bucketMs: number): GatheredWindows {
  let capacity = 0;
  for (const batch of batches) capacity += checkWindows(batch);
  const fresh = spares.take(capacity);
  let late: WindowColumns | undefined;
  const marks = new Map<string, { readonly resource: number; readonly startMs: number }>();
  let marked: { readonly resource: KnownResource; readonly startMs: number } | undefined;
  for (const batch of batches) {
    const resource = catalog.resourceOf(batch.resource);
    const ids = catalog.idsOf(resource, batch.dictionary);
    if (!catalog.hasTwins(ids) && isNewer(catalog.lastStartsMs, ids, batch)) {
      copyAll(fresh, ids, batch, catalog.lastStartsMs);
    } else {
      late ??= spares.take(capacity);
      copySplit(fresh, late, ids, batch, catalog.lastStartsMs);
    }
    const startMs = Math.floor(batch.startMs / bucketMs) * bucketMs;
    if (marked?.resource === resource && marked.startMs === startMs) continue;
    marked = { resource, startMs };
    marks.set(`${resource.id} ${startMs}`, { resource: resource.id, startMs });
  }
  const all = [...marks.values()];
  return { fresh, late, marks: { resources: Int32Array.from(all, (one) => one.resource), startsMs: Float64Array.from(all, (one) => one.startMs) } };
}

function isNewer(lastStartsMs: Float64Array, ids: Int32Array, { slots, startMs }: WindowBatch): boolean {
  const rows = slots ? slots.length : ids.length;
  for (let row = 0; row < rows; row++) if (!(startMs > lastStartsMs[ids[slots ? slots[row]! : row]!]!)) return false;
  return true;
}

function copyAll(target: WindowColumns, ids: Int32Array, batch: WindowBatch, lastStartsMs: Float64Array): void {
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
  target.widthMs.fill(batch.widthMs, from, from + rows);
  target.count.set(batch.count, from);
  target.sum.set(batch.sum, from);
  target.min.set(batch.min, from);
  target.max.set(batch.max, from);
  target.last.set(batch.last, from);
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
