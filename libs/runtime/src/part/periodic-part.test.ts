import { createManualClock } from '@opsloop/testing';
import { periodicPart, type PeriodicPartOptions } from './periodic-part.js';

function underTest(options: Partial<PeriodicPartOptions> = {}) {
  const clock = createManualClock(0);
  const rounds: number[] = [];
  const failures: unknown[] = [];
  const part = periodicPart({
    name: 'rounds',
    clock,
    round: async () => void rounds.push(clock.now()),
    waitMs: (failed) => 1_000 + failed,
    onFailure: (error) => failures.push(error),
    ...options,
  });
  const settle = () => clock.advance(0);
  return { clock, rounds, failures, part, settle };
}

describe('periodicPart', () => {
  it('does a round at once and then after each wait, and none after its stop', async () => {
    const { clock, rounds, part } = underTest();
    await part.stop(1_000);
    await part.start();
    await part.start();
    for (let step = 0; step < 4; step += 1) await clock.advance(500);
    expect(rounds).toEqual([0, 1_000, 2_000]);
    await part.stop(1_000);
    await part.stop(1_000);
    await clock.advance(5_000);
    expect(rounds).toHaveLength(3);
    await part.start();
    await clock.advance(0);
    expect(rounds).toEqual([0, 1_000, 2_000, 7_000]);
    await part.stop(1_000);
  });

  it('waits first where it is told to, and is woken early', async () => {
    const { clock, rounds, part, settle } = underTest({ waitsFirst: true });
    await part.start();
    await clock.advance(999);
    expect(rounds).toEqual([]);
    part.wake();
    await settle();
    expect(rounds).toEqual([999]);
    await clock.advance(1_000);
    expect(rounds).toEqual([999, 1_999]);
    await part.stop(1_000);
  });

  it('goes on after failures, told of each, and waits by how many there were in a row', async () => {
    let left = 2;
    const { clock, failures, part } = underTest({
      async round() {
        if (left-- > 0) throw new Error(`${left} left`);
      },
    });
    const waits: number[] = [];
    const sleep = clock.sleep.bind(clock);
    Object.assign(clock, { sleep: (ms: number, signal: AbortSignal) => (waits.push(ms), sleep(ms, signal)) });
    await part.start();
    for (let step = 0; step < 4; step += 1) await clock.advance(1_002);
    expect(failures.map(String)).toEqual(['Error: 1 left', 'Error: 0 left']);
    expect(waits.slice(0, 3)).toEqual([1_001, 1_002, 1_000]);
    await part.stop(1_000);
  });

  it('stops only after the round that is under way, which hears of it, and then hands back', async () => {
    const said: string[] = [];
    const { part, settle } = underTest({
      round: (signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            said.push('told');
            setImmediate(() => (said.push('ended'), resolve()));
          });
        }),
      afterStop: async (deadlineMs) => void said.push(`handed back within ${deadlineMs}`),
    });
    await part.start();
    await settle();
    await part.stop(1_000);
    expect(said).toEqual(['told', 'ended', 'handed back within 1000']);
    await part.stop(1_000);
    expect(said).toHaveLength(3);
  });
});
