import type { Clock } from '@opsloop/ports';

/**
 * Milliseconds until the next multiple of `periodMs` on the clock of this process. Those who look for work at the same
 * pace wake at the same moment: the process sleeps longer in between, and what they ask travels together.
 */
export function untilBeat(clock: Clock, periodMs: number): number {
  return periodMs - (clock.monotonic() % periodMs);
}
