/** Snapshots of the state of a stateful consumer, one per group and partition. */

export interface Checkpoint {
  readonly position: number;
  readonly chunks: readonly Uint8Array[];
}

export interface CheckpointKey {
  readonly group: string;
  readonly partition: number;
}

export interface Checkpoints {
  /** Starts a tenure: raises the epoch and returns it. A save with a lower epoch is refused from now on. */
  begin(key: CheckpointKey): Promise<number>;
  load(key: CheckpointKey): Promise<Checkpoint | undefined>;
  /** Durable and atomic when it resolves: readers see the old snapshot or the new one whole. Chunks are at most 1 MiB. */
  save(key: CheckpointKey, epoch: number, position: number, chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<'saved' | 'fenced'>;
}
