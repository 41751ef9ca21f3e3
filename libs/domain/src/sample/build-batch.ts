import type { Attributes, RawBatch, SampleRow } from '@opsloop/contracts';
import { ContentHasher } from './content-hash.js';
import { hashText } from './hash-text.js';
import type { SampleLog } from './sample-log.js';
import type { SeriesTable, SlotMap } from './series-table.js';

/** Who sends a batch: a resource as seen by one sender. */
export interface BatchOwner {
  readonly table: SeriesTable;
  readonly source: string;
  readonly hash: { readonly low: number; readonly high: number };
}

export function createBatchOwner(table: SeriesTable, source: string): BatchOwner {
  return { table, source, hash: hashOwner(table.resource.id, source) };
}

export function hashOwner(resource: string, source: string): BatchOwner['hash'] {
  return hashText(JSON.stringify([resource, source]));
}

const hash = new ContentHasher();
/** By series id: its last value, and the row in which that was seen. */
let lastValue = new Float64Array(256);
let seenIn = new Float64Array(256);
let row = 0;
let distinct = new Int32Array(256);

/**
 * The batch of all that a log holds: rows ascending by time, in each a series once, with its last value. The content
 * hash depends on the samples alone, not on their order nor on what this process saw before. Values may be views
 * into the log: encode the batch before the log is used again.
 */
export function buildBatch(owner: BatchOwner, attributes: Attributes, log: SampleLog): RawBatch {
  const { table, source } = owner;
  hash.reset(owner.hash.low, owner.hash.high);
  const usual = log.runs === 1 ? table.inOrder(log.ids, log.count) : undefined;
  const map = usual ?? slotMapOf(table, log);
  const rows: SampleRow[] = [];
  if (usual) rows.push({ timeMs: log.times[0]!, slots: undefined, values: log.values.subarray(0, log.count) });
  else for (const runs of runsByTime(log)) rows.push(buildRow(table, map, log, runs));
  for (const { timeMs, slots, values } of rows) hash.addRow(timeMs, map.lows, map.highs, slots, values);
  return { resource: table.resource, attributes, source, contentHash: hash.words(), dictionary: map.dictionary, rows };
}

/** The dictionary for all series of the log, in the order of first sight where it is a new one. */
function slotMapOf(table: SeriesTable, log: SampleLog): SlotMap {
  startRow(table.size);
  let count = 0;
  for (let i = 0; i < log.count; i++) {
    const id = log.ids[i]!;
    if (seenIn[id] === row) continue;
    seenIn[id] = row;
    distinct[count++] = id;
  }
  return table.slotMapFor(distinct, count);
}

/** Runs of equal time, ascending by time; within one time in the order in which they came. */
function runsByTime(log: SampleLog): number[][] {
  if (log.runs === 0) return [];
  if (log.runs === 1) return [[0]];
  const order = Array.from({ length: log.runs }, (_, run) => run).toSorted((a, b) => log.times[a]! - log.times[b]! || a - b);
  const groups: number[][] = [];
  for (const run of order) {
    const last = groups.at(-1);
    if (last && log.times[last[0]!] === log.times[run]) last.push(run);
    else groups.push([run]);
  }
  return groups;
}

function buildRow(table: SeriesTable, map: SlotMap, log: SampleLog, runs: readonly number[]): SampleRow {
  startRow(table.size);
  let count = 0;
  for (const run of runs) {
    for (let i = log.starts[run]!; i < log.endOf(run); i++) {
      const id = log.ids[i]!;
      if (seenIn[id] !== row) {
        seenIn[id] = row;
        distinct[count++] = id;
      }
      lastValue[id] = log.values[i]!;
    }
  }
  const timeMs = log.times[runs[0]!]!;
  const values = new Float64Array(count);
  if (count === map.ids.length) {
    for (let slot = 0; slot < count; slot++) values[slot] = lastValue[map.ids[slot]!]!;
    return { timeMs, slots: undefined, values };
  }
  const slots = new Uint32Array(count);
  for (let i = 0; i < count; i++) slots[i] = table.slotOf(distinct[i]!);
  slots.sort();
  for (let i = 0; i < count; i++) values[i] = lastValue[map.ids[slots[i]!]!]!;
  return { timeMs, slots, values };
}

function startRow(size: number): void {
  row++;
  if (size <= lastValue.length) return;
  const grown = Math.max(size, lastValue.length * 2);
  lastValue = new Float64Array(grown);
  seenIn = new Float64Array(grown);
  distinct = new Int32Array(grown);
}
