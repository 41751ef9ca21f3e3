import { getEventListeners } from 'node:events';
import { createManualClock } from './manual-clock.js';
import { createSkewedClock } from './create-skewed-clock.js';

describe('createManualClock', () => {
  it('wakes sleepers in the order of their times, and no other', async () => {
    const clock = createManualClock(1_000);
    const woken: string[] = [];
    for (const [name, ms] of [['late', 30], ['early', 10], ['never', 31]] as const) void clock.sleep(ms).then(() => woken.push(name));
    await clock.advance(30);
    expect([woken, clock.now(), clock.monotonic()]).toEqual([['early', 'late'], 1_030, 30]);
  });

  it('forgets who was woken by a signal', async () => {
    const clock = createManualClock(0);
    const cancel = new AbortController();
    let woken = 0;
    const sleeping = clock.sleep(10, cancel.signal).then(() => (woken += 1));
    cancel.abort();
    await sleeping;
    await clock.advance(20);
    expect(woken).toBe(1);
  });
});

it.each([['manual', createManualClock(0)], ['skewed', createSkewedClock()]])('a %s clock leaves nothing on a signal that outlives many sleeps', async (_name, clock) => {
  const { signal } = new AbortController();
  for (let round = 0; round < 20; round += 1) {
    const sleeping = clock.sleep(1, signal);
    if ('advance' in clock) await clock.advance(1);
    await sleeping;
  }
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});
