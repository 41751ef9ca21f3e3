/** The longer it has been waited for, the more seldom it is asked: questions take CPU from what is waited for. */
const leastPauseMs = 5;
const mostPauseMs = 50;
const pauseShare = 0.05;

/** Waits until `holds` is true; after `withinMs` it throws with what was waited for. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>, withinMs = 15_000): Promise<void> {
  const startMs = performance.now();
  while (!(await holds())) {
    const waitedMs = performance.now() - startMs;
    if (waitedMs > withinMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await pause(Math.min(mostPauseMs, leastPauseMs + waitedMs * pauseShare));
  }
}

/** Lets that much real time pass: for things that must not happen. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
