import { judgeBatch } from './judge-batch.js';
import { createJudgement } from './judge-context.js';
import { judgeTick } from './judge-tick.js';
import { createPolicySet } from '../policy-set.js';
import { createWatchState } from '../watch/watch-state.js';
import { decodeWatchState, encodeWatchState } from '../watch/watch-state-codec.js';
import { dictionaryOf, hostResource, storedPolicy, windowBatch } from './window-fixture.js';

const dayMs = 86_400_000;
const minuteMs = 60_000;
const load = dictionaryOf(['app.load']);
const ahead = storedPolicy('ahead', { kind: 'forecast', forecast: { within: '60m' }, threshold: { warn: '> 90' } });
const odd = storedPolicy('odd', { kind: 'anomaly', threshold: { warn: '> 0.5' } });

function loop() {
  let state = createWatchState();
  let policies = createPolicySet([ahead, odd]);
  const send = (hosts: readonly string[], startMs: number): void => {
    for (const uid of hosts) judgeBatch({ state, policies, out: createJudgement(), arrivalMs: startMs + minuteMs }, windowBatch({ resource: hostResource(uid), dictionary: load, startMs, widthMs: minuteMs, values: [50] }));
  };
  return {
    send,
    tick: (arrivalMs: number) => judgeTick({ state, policies, out: createJudgement(), arrivalMs }, 30_000),
    under(...records: Parameters<typeof createPolicySet>[0][number][]): void {
      policies = createPolicySet(records);
    },
    restore(): void {
      state = decodeWatchState([...encodeWatchState(state)]);
    },
    held: () => state.slots.held(),
  };
}

const hosts = (from: number, count: number): string[] => Array.from({ length: count }, (_, index) => `h${from + index}`);

describe('what models of series take', () => {
  it('is free for others once series are forgotten, however many come and go', () => {
    const one = loop();
    one.send(hosts(0, 100), 0);
    const { bufferBytes } = one.held();
    expect(one.held().slots).toBe(200);
    for (let round = 1; round <= 5; round++) {
      one.tick(round * 2 * dayMs);
      expect(one.held().slots).toBe(0);
      one.send(hosts(round * 100, 100), round * 2 * dayMs);
      expect(one.held()).toEqual({ slots: 200, bufferBytes });
    }
  });

  it('is given back when a policy goes, and once when another way to judge takes its place', () => {
    const one = loop();
    one.send(hosts(0, 10), 0);
    one.under(ahead);
    one.tick(2 * minuteMs);
    expect(one.held().slots).toBe(10);
    one.under(storedPolicy('ahead', { kind: 'forecast', forecast: { within: '2h' }, threshold: { warn: '> 90' } }, ahead));
    one.send(hosts(0, 10), 2 * minuteMs);
    expect(one.held().slots).toBe(10);
    one.under();
    one.tick(4 * minuteMs);
    expect(one.held().slots).toBe(0);
  });

  it('is taken anew after a checkpoint, series by series', () => {
    const one = loop();
    one.send(hosts(0, 10), 0);
    one.restore();
    expect(one.held().slots).toBe(0);
    one.send(hosts(0, 4), minuteMs);
    expect(one.held().slots).toBe(8);
    one.tick(2 * dayMs);
    expect(one.held().slots).toBe(0);
  });
});
