import { createCopyMemory } from './copy-memory.js';
import { copyRecords, recordCount, rowOf } from './frame.js';
import type { LogRow } from './row-cache.js';

/**
 * The newest rows, in one allocation that is written again from its start when it is full: memory that came and went
 * with the rows would make the engine collect its whole heap for every 64 MB that are published. Readers get copies.
 */
export interface TailRing {
  get(topic: string, id: number): LogRow | undefined;
  /** Copies the frame; the rows that were longest there make room. One that would push out much of the rest is left out. */
  add(topic: string, frame: Buffer): void;
}

interface Place {
  readonly topic: string;
  readonly id: number;
  readonly start: number;
  /** Other rows lie there now. */
  gone: boolean;
}

const mostShare = 1 / 4;

export function createTailRing(maxBytes: number): TailRing {
  const ring = Buffer.from(new ArrayBuffer(Math.floor(maxBytes / 8) * 8));
  const memory = createCopyMemory();
  const topics = new Map<string, Map<number, LogRow>>();
  let places: Place[] = [];
  let oldest = 0;
  let head = 0;

  function dropOldest(): void {
    const place = places[oldest++]!;
    place.gone = true;
    topics.get(place.topic)!.delete(place.id);
    if (oldest > 1_024 && oldest * 2 > places.length) {
      places = places.slice(oldest);
      oldest = 0;
    }
  }

  /** Drops the rows that begin in this part of the ring; they are the oldest ones. */
  function clear(from: number, to: number): void {
    while (oldest < places.length && places[oldest]!.start >= from && places[oldest]!.start < to) dropOldest();
  }

  function reserve(topic: string, id: number, size: number): Place {
    if (head + size > ring.length) {
      clear(head, ring.length);
      head = 0;
    }
    clear(head, head + size);
    const one: Place = { topic, id, start: head, gone: false };
    places.push(one);
    head += size;
    return one;
  }

  return {
    get: (topic, id) => topics.get(topic)?.get(id),
    add(topic, frame) {
      if (frame.length > ring.length * mostShare) return;
      const one = reserve(topic, rowOf(frame), frame.length);
      const bytes = ring.subarray(one.start, one.start + frame.length);
      bytes.set(frame);
      let rows = topics.get(topic);
      if (!rows) topics.set(topic, (rows = new Map()));
      rows.set(one.id, {
        topic,
        id: one.id,
        bytes: frame.length,
        has: (partition) => recordCount(bytes, partition) > 0,
        records(partition) {
          if (one.gone) throw new Error(`row ${one.id} of ${topic} has left memory: its records are taken at once or not at all`);
          return copyRecords(bytes, partition, memory);
        },
      });
    },
  };
}
