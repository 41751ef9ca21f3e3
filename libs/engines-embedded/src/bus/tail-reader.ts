import type { BusRecord, TailFrom } from '@opsloop/ports';
import type { LogRow } from './log/row-cache.js';
import type { TopicLog } from './log/topic-log.js';

export interface TailReaderOptions {
  readonly log: TopicLog;
  readonly from: TailFrom;
  onRecords(partition: number, records: readonly BusRecord[]): void | Promise<void>;
  warn(message: string, error: unknown): void;
}

const retryMs = 250;

/** Follows every partition of a topic without a group. Resolves when its place is found: what is published from then on is seen. */
export async function startTailReader({ log, from: asked, onRecords, warn }: TailReaderOptions): Promise<{ stop(): Promise<void> }> {
  const from = withAllPositions(log, asked);
  let row = await firstRow(log, from);
  let stopped = false;
  let wakeUp: (() => void) | undefined;
  const unlisten = log.listen(() => wakeUp?.());
  const running = run();

  async function run(): Promise<void> {
    while (!stopped) {
      if (row > log.lastRow) {
        await new Promise<void>((resolve) => {
          wakeUp = resolve;
          if (stopped || row <= log.lastRow) resolve();
        });
        continue;
      }
      try {
        const one = log.cached(row) ?? (await log.load(row));
        row = (one?.id ?? row) + 1;
        for (const [partition, records] of one ? wanted(one) : []) if (!stopped) await deliver(partition, records);
      } catch (error) {
        warn(`following ${log.name} failed; trying again`, error);
        await new Promise((resolve) => setTimeout(resolve, retryMs));
      }
    }
  }

  /** All at once: a row may leave memory while a follower works. */
  function wanted(one: LogRow): [number, BusRecord[]][] {
    const partitions = Array.from({ length: log.partitions }, (_, p) => p).filter((p) => one.has(p));
    return partitions.map((p) => [p, one.records(p).filter((record) => isWanted(from, p, record))]);
  }

  async function deliver(partition: number, records: readonly BusRecord[]): Promise<void> {
    if (records.length === 0) return;
    try {
      await onRecords(partition, records);
    } catch (error) {
      warn(`a follower of ${log.name} failed; it goes on behind these records`, error);
    }
  }

  return {
    async stop() {
      stopped = true;
      unlisten();
      wakeUp?.();
      await running;
    },
  };
}

/** Partitions that are not named start with what comes, and so do those whose log has lost its end since. */
function withAllPositions(log: TopicLog, from: TailFrom): TailFrom {
  if (typeof from === 'string' || 'arrivalMs' in from) return from;
  const latest = Array.from({ length: log.partitions }, (_, partition) => [partition, log.nextPosition(partition) - 1] as const);
  return { positions: Object.fromEntries(latest.map(([partition, position]) => [partition, Math.min(from.positions[partition] ?? position, position)])) };
}

async function firstRow(log: TopicLog, from: TailFrom): Promise<number> {
  if (from === 'oldest') return 1;
  const latest = log.lastRow + 1;
  if (from === 'latest') return latest;
  if ('arrivalMs' in from) return log.locateTime(from.arrivalMs);
  const rows = await Promise.all(Object.entries(from.positions).map(([partition, position]) => log.locate(Number(partition), position + 1)));
  return Math.min(latest, ...rows);
}

/** Rows are found roughly: a row may hold records from before the place that was asked for. */
function isWanted(from: TailFrom, partition: number, record: BusRecord): boolean {
  if (typeof from === 'string') return true;
  if ('arrivalMs' in from) return record.arrivalMs >= from.arrivalMs;
  return record.position > from.positions[partition]!;
}
