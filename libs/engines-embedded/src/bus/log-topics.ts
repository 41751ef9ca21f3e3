import { partitionsOf } from '@opsloop/contracts/topics';
import type { TopicLag } from '@opsloop/ports';
import { EngineError } from '@opsloop/ports';
import type { LogOpened } from './log-messages.js';
import type { LogRow } from './row-cache.js';

/** What the main thread knows of a topic. */
export interface TopicState {
  readonly partitions: number;
  /** Number of the newest row; 0: none. */
  lastRow: number;
  /** Per partition the position of the next record. */
  next: Float64Array;
  readonly groups: Map<string, GroupState>;
  /** Called with each new row, and after a restart of the worker with undefined: look again. */
  readonly listeners: Set<(row: LogRow | undefined) => void>;
}

/** Positions that are done with, per partition; 0: none. */
interface GroupState {
  durable: Float64Array;
  /** Including those on their way to disk. */
  wanted: Float64Array;
}

/** Heads, groups and listeners of every topic. */
export class LogTopics {
  readonly #topics = new Map<string, TopicState>();

  /** Throws a non-retryable EngineError for a topic that contracts do not declare. */
  get(topic: string): TopicState {
    let one = this.#topics.get(topic);
    if (!one) {
      const partitions = partitionCount(topic);
      one = { partitions, lastRow: 0, next: new Float64Array(partitions).fill(1), groups: new Map(), listeners: new Set() };
      this.#topics.set(topic, one);
    }
    return one;
  }

  /** Takes over what is on disk. */
  reset({ heads, groups }: LogOpened): void {
    for (const { topic, lastRow, next } of heads) Object.assign(this.get(topic), { lastRow, next });
    for (const { topic, group, positions } of groups) this.setPositions(topic, group, positions);
    for (const { listeners } of this.#topics.values()) for (const listener of listeners) listener(undefined);
  }

  setPositions(topic: string, group: string, positions: Float64Array): void {
    this.get(topic).groups.set(group, { durable: positions, wanted: positions.slice() });
  }

  lag(): TopicLag[] {
    return [...this.#topics].flatMap(([topic, { partitions, groups, next }]) =>
      [...groups].flatMap(([group, { durable }]) => Array.from({ length: partitions }, (_, partition) => ({ topic, group, partition, records: next[partition]! - 1 - durable[partition]! }))),
    );
  }
}

function partitionCount(topic: string): number {
  try {
    return partitionsOf(topic);
  } catch (error) {
    throw new EngineError(error instanceof Error ? error.message : String(error), { retryable: false, cause: error });
  }
}
