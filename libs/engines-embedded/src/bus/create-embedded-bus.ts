/** The embedded bus. Read this file first, then log/topic-log, log/segment-chain, consumer-group. */
import type { Bus, Clock } from '@opsloop/ports';
import { EngineError } from '@opsloop/ports';
import type { Part } from '../part.js';
import { createConsumerGroup, type ConsumerGroup } from './consumer-group.js';
import { EmbeddedLog } from './log/embedded-log.js';
import { startTailReader } from './tail-reader.js';

export interface EmbeddedBusOptions {
  /** An existing folder; the log is the folder `bus` in it. Its only user is this process (see lockDataDir). */
  readonly dataDir: string;
  readonly clock: Clock;
  /** Size above which `isFull()` is true; a topic of the edge that holds half as much again takes ticks alone. */
  readonly maxBytes: number;
  /** Newest records that stay in memory for subscribers at the tail; default 64 MiB. */
  readonly tailBytes?: number;
  /** `name:count` of bus.before-commit or bus.after-commit, where fault tests kill the process. */
  readonly faultPoint?: string | undefined;
  /** Told once when the log stops working, and once when it works again. */
  readonly onTrouble?: (error: Error | undefined) => void;
  /** Told in a line each what the start did with the log of an older build. */
  readonly tell?: (message: string) => void;
  /** Told of handlers and followers that fail. */
  readonly onHandlerFailure?: (message: string, error: unknown) => void;
}

export interface EmbeddedBus extends Bus, Part {
  /** Rejects while the log cannot be written. */
  check(): Promise<void>;
}

const defaultTailBytes = 64 * 2 ** 20;

/**
 * A partitioned log in files of its own for each topic; what is published while a commit is under way goes into the
 * next one. Values that subscribers get share the memory of up to a megabyte: copy what is kept for long.
 * Values given to `publish` must not change until it resolves.
 */
export function createEmbeddedBus(options: EmbeddedBusOptions): EmbeddedBus {
  const { dataDir, clock, maxBytes, tailBytes = defaultTailBytes, faultPoint, onTrouble = () => undefined, tell = () => undefined, onHandlerFailure: warn = () => undefined } = options;
  const log = new EmbeddedLog({ dataDir, clock, maxBytes, tailBytes, faultPoint, onTrouble, tell });
  const groups = new Map<string, ConsumerGroup>();
  const followers = new Set<{ stop(): Promise<void> }>();

  function group(topic: string, name: string): ConsumerGroup {
    const key = `${topic} ${name}`;
    let one = groups.get(key);
    if (!one) groups.set(key, (one = createConsumerGroup({ log: log.topic(topic), group: name, clock, warn })));
    return one;
  }

  return {
    name: 'embedded bus',
    start: () => log.start(),
    async stop(deadlineMs) {
      const endMs = performance.now() + deadlineMs;
      const released = Promise.all([...[...groups.values()].map((one) => one.stop()), ...[...followers].map((one) => one.stop())]);
      await Promise.race([released, new Promise((resolve) => setTimeout(resolve, deadlineMs).unref())]);
      await log.stop(Math.max(0, endMs - performance.now()));
    },
    publish: (topic, records) => log.publish(topic, records),
    async subscribe(topic, name, handlers) {
      if (name === '') throw new EngineError('a group needs a name', { retryable: false });
      await log.topic(topic).join(name);
      const member = group(topic, name).join(handlers);
      return { commit: member.commit, stop: member.leave };
    },
    async tail(topic, from, onRecords) {
      const follower = await startTailReader({ log: log.topic(topic), from, onRecords, warn });
      followers.add(follower);
      return {
        async stop() {
          followers.delete(follower);
          await follower.stop();
        },
      };
    },
    isFull: () => log.isFull(),
    lag: async () => log.lag(),
    nextPosition: async (topic, partition) => log.nextPosition(topic, partition),
    async check() {
      const trouble = log.trouble();
      if (trouble) throw trouble;
    },
  };
}
