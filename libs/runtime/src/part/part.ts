import { setTimeout as sleep } from 'node:timers/promises';

/** Everything that runs. `stop` is safe before `start`, and twice. */
export interface Part {
  readonly name: string;
  start(): Promise<void>;
  /** Takes no more, finishes or hands back, flushes. `deadlineMs`: milliseconds that are left for it. */
  stop(deadlineMs: number): Promise<void>;
}

/** What a start that does not end with its stop gets to come to its end. */
const comeBackMs = 2_000;

/**
 * Starts parts in order and stops them in reverse; when one fails to start, those before it are stopped again. A stop
 * while it starts ends the start, which has not failed then.
 */
export function partGroup(name: string, parts: readonly Part[]): Part {
  let started: Part[] = [];
  /** Of the last part that was started, while it is under way; never rejects. */
  let starting: Promise<void> | undefined;

  async function stop(deadlineMs: number): Promise<void> {
    const stopping = started.toReversed();
    started = [];
    const endMs = performance.now() + deadlineMs;
    const leftMs = (): number => Math.max(0, endMs - performance.now());
    const failures: unknown[] = [];
    const underWay = starting;
    starting = undefined;
    if (underWay) {
      // Its stop ends what its start waits for; what comes up all the same is stopped below, before what it stands on.
      await stopping[0]?.stop(leftMs()).catch(() => undefined);
      await Promise.race([underWay, sleep(Math.min(comeBackMs, leftMs()), undefined, { ref: false })]);
    }
    for (const part of stopping) {
      await part.stop(leftMs()).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw new AggregateError(failures, `${name}: some parts did not stop cleanly`);
  }

  return {
    name,
    async start() {
      if (started.length > 0) return;
      const own: Part[] = [];
      started = own;
      for (const part of parts) {
        own.push(part);
        try {
          const beginning = part.start();
          starting = beginning.catch(() => undefined);
          await beginning;
        } catch (error) {
          if (started !== own) return;
          starting = undefined;
          await stop(5_000).catch(() => undefined);
          throw error;
        }
        if (started !== own) return;
        starting = undefined;
      }
    },
    stop,
  };
}
