import type { BusRecord } from '@opsloop/ports';
import { decodeRecords, recordCount, rowOf } from './frame.js';

/** A committed row in memory. */
export interface LogRow {
  readonly topic: string;
  readonly id: number;
  has(partition: number): boolean;
  /** Decoded anew at each call: records that were kept would outlive their use for as long as the row stays in memory, and the collector would move and mark all of them. */
  records(partition: number): readonly BusRecord[];
  readonly bytes: number;
}

export function createLogRow(topic: string, frame: Buffer): LogRow {
  return {
    topic,
    id: rowOf(frame),
    has: (partition) => recordCount(frame, partition) > 0,
    records: (partition) => decodeRecords(frame, partition),
    bytes: frame.length,
  };
}

/** Rows by number, up to a size; the one that came first goes first. */
export interface RowCache {
  get(topic: string, id: number): LogRow | undefined;
  add(row: LogRow): void;
}

export function createRowCache(maxBytes: number): RowCache {
  const topics = new Map<string, Map<number, LogRow>>();
  let order: LogRow[] = [];
  let first = 0;
  let size = 0;

  function evict(): void {
    while (size > maxBytes && first < order.length) {
      const row = order[first++]!;
      topics.get(row.topic)?.delete(row.id);
      size -= row.bytes;
    }
    if (first > 1_024 && first * 2 > order.length) {
      order = order.slice(first);
      first = 0;
    }
  }

  return {
    get: (topic, id) => topics.get(topic)?.get(id),
    add(row) {
      let rows = topics.get(row.topic);
      if (!rows) topics.set(row.topic, (rows = new Map()));
      if (rows.has(row.id)) return;
      rows.set(row.id, row);
      order.push(row);
      size += row.bytes;
      evict();
    },
  };
}
