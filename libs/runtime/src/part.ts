/** Everything that runs. `stop` is safe before `start`, and twice. */
export interface Part {
  readonly name: string;
  start(): Promise<void>;
  /** Takes no more, finishes or hands back, flushes. `deadlineMs`: milliseconds that are left for it. */
  stop(deadlineMs: number): Promise<void>;
}

/** Starts parts in order and stops them in reverse; when one fails to start, those before it are stopped again. */
export function partGroup(name: string, parts: readonly Part[]): Part {
  let started: Part[] = [];

  async function stop(deadlineMs: number): Promise<void> {
    const stopping = started.toReversed();
    started = [];
    const endMs = performance.now() + deadlineMs;
    const failures: unknown[] = [];
    for (const part of stopping) {
      await part.stop(Math.max(0, endMs - performance.now())).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw new AggregateError(failures, `${name}: some parts did not stop cleanly`);
  }

  return {
    name,
    async start() {
      if (started.length > 0) return;
      for (const part of parts) {
        started.push(part);
        try {
          await part.start();
        } catch (error) {
          await stop(5_000).catch(() => undefined);
          throw error;
        }
      }
    },
    stop,
  };
}
