import type { Bus, BusRecord, Subscription } from '@opsloop/ports';

export interface Delivered {
  readonly partition: number;
  readonly key: string;
  readonly text: string;
  readonly record: BusRecord;
}

export interface Collector {
  readonly delivered: Delivered[];
  readonly assigned: Set<number>;
  readonly subscription: Subscription;
  texts(key?: string): string[];
}

export interface CollectOptions {
  /** Default: true. */
  readonly commit?: boolean;
  /** Runs before the records count as delivered. */
  readonly before?: (partition: number, records: readonly BusRecord[], signal: AbortSignal) => Promise<void> | void;
  readonly onLost?: (partition: number) => Promise<void> | void;
}

/** Subscribes and keeps what arrives. */
export async function collectRecords(bus: Bus, topic: string, group: string, { commit = true, before, onLost }: CollectOptions = {}): Promise<Collector> {
  const delivered: Delivered[] = [];
  const assigned = new Set<number>();
  let hold: (subscription: Subscription) => void;
  const ready = new Promise<Subscription>((resolve) => (hold = resolve));
  const subscription = await bus.subscribe(topic, group, {
    async onAssigned(partition) {
      assigned.add(partition);
    },
    async onBatch(partition, records, { signal }) {
      await before?.(partition, records, signal);
      for (const record of records) delivered.push({ partition, key: record.key, text: Buffer.from(record.value).toString(), record });
      if (commit) await (await ready).commit(partition, records.at(-1)!.position);
    },
    async onLost(partition) {
      await onLost?.(partition);
      assigned.delete(partition);
    },
  });
  hold!(subscription);
  return { delivered, assigned, subscription, texts: (key) => delivered.filter((one) => key === undefined || one.key === key).map(({ text }) => text) };
}

export function textRecord(key: string, text: string | number): { key: string; value: Uint8Array } {
  return { key, value: Buffer.from(String(text)) };
}

export function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => String(from + i));
}
