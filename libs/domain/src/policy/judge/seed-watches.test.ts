import type { Attributes, DefinitionRecord } from '@opsloop/contracts';
import { deleteDefinition, versionLeadMs } from '../../definition/apply-definition.js';
import { judgeBatch } from './judge-batch.js';
import { createJudgement, type Judgement } from './judge-context.js';
import { judgeTick } from './judge-tick.js';
import { createPolicySet } from '../policy-set.js';
import { openSeedBox } from './seed-watches.js';
import type { ClosedWindow } from '../watch/series-watch.js';
import { createWatchState, type WatchState } from '../watch/watch-state.js';
import { decodeWatchState, encodeWatchState } from '../watch/watch-state-codec.js';
import { baseWindowMs, dictionaryOf, hostResource, storedPolicy, windowBatch } from './window-fixture.js';

const load = dictionaryOf(['app.load']);
const minuteMs = 60_000;

/** Minutes of history, one value each. */
function history(values: readonly (number | undefined)[]): ClosedWindow[] {
  return values.flatMap((value, minute) => (value === undefined ? [] : [{ startMs: minute * minuteMs, endMs: (minute + 1) * minuteMs, value }]));
}

function removeAt(record: DefinitionRecord, nowMs: number): DefinitionRecord {
  return deleteDefinition(record, { author: 'ann', nowMs, managedBy: 'api' }) as DefinitionRecord;
}

function loop(record: DefinitionRecord) {
  let state: WatchState = createWatchState();
  openSeedBox(state);
  let policies = createPolicySet([record]);
  const out: Judgement = createJudgement();
  return {
    /** Minutes of live windows. */
    live(values: readonly number[], fromMinute: number, attributes?: Attributes): void {
      for (const [minute, value] of values.entries()) {
        for (let base = 0; base < 6; base++) this.base(value, (fromMinute + minute) * minuteMs + base * baseWindowMs, attributes);
      }
    },
    base(value: number, startMs: number, attributes: Attributes = {}): void {
      judgeBatch({ state, policies, out, arrivalMs: startMs + baseWindowMs }, windowBatch({ dictionary: load, startMs, values: [value], attributes }));
    },
    change: (changed: DefinitionRecord) => void (policies = createPolicySet([changed])),
    seed(windows: readonly ClosedWindow[], tickMs: number): void {
      this.answer(windows);
      this.tick(tickMs);
    },
    answer(windows: readonly ClosedWindow[]): void {
      for (const watch of state.seeds!.waiting.keys()) state.seeds!.ready.push({ watch, birth: watch.birth!, windows });
    },
    tick(tickMs: number): void {
      judgeTick({ state, policies, out, arrivalMs: tickMs }, 30_000);
    },
    restore(): void {
      state = decodeWatchState([...encodeWatchState(state)]);
      openSeedBox(state);
    },
    waiting: () => state.seeds!.waiting.size,
    log: () => out.decisions.splice(0).map(({ change }) => `${change.atMs / minuteMs} ${change.type.slice(6)} ${change.level} since ${change.pendingSinceMs / minuteMs}`),
  };
}

describe('seeding', () => {
  it('counts what was held before the policy was there', () => {
    const seeded = loop(storedPolicy('p', { hold: '5m' }));
    seeded.live([90], 10);
    expect(seeded.log()).toEqual([]);
    seeded.seed(history([50, 50, 50, 50, 50, 50, 90, 90, 90, 90]), 11 * minuteMs);
    expect(seeded.log()).toEqual(['11 opened warn since 6']);
    seeded.live([90, 50], 11);
    expect(seeded.log()).toEqual(['13 resolved warn since 6']);
  });

  it('does not open again what silence ended before the history came', () => {
    const seeded = loop(storedPolicy('p', { noData: 'ok', noDataAfter: '1m' }));
    seeded.live([90], 10);
    seeded.tick(13 * minuteMs);
    expect(seeded.log()).toEqual(['11 opened warn since 10', '12 resolved warn since 10']);
    seeded.seed(history([50, 50, 50, 50, 50, 50, 50, 50, 50, 50]), 14 * minuteMs);
    seeded.tick(20 * minuteMs);
    expect(seeded.log()).toEqual([]);
  });

  it('tells nothing of alarms that came and went before', () => {
    const seeded = loop(storedPolicy('p', {}));
    seeded.live([50], 10);
    seeded.seed(history([90, 90, 50, 90, 50, 50, 50, 50, 50, 50]), 11 * minuteMs);
    expect(seeded.log()).toEqual([]);
  });

  it('tells an alarm that is open with every transition of its own', () => {
    const seeded = loop(storedPolicy('p', { threshold: { warn: '> 80', critical: '> 95' } }));
    seeded.live([97], 10);
    expect(seeded.log()).toEqual(['11 opened critical since 10']);
    const other = loop(storedPolicy('p', { threshold: { warn: '> 80', critical: '> 95' }, hold: '2m' }));
    other.live([97], 10);
    other.seed(history([90, 50, 50, 50, 50, 50, 50, 90, 90, 97]), 11 * minuteMs);
    expect(other.log()).toEqual(['9 opened warn since 7', '11 level-changed critical since 7']);
  });

  it('leaves an alarm that opened meanwhile as people know it', () => {
    const seeded = loop(storedPolicy('p', {}));
    seeded.live([90], 10);
    expect(seeded.log()).toEqual(['11 opened warn since 10']);
    seeded.seed(history(Array.from({ length: 10 }, () => 90)), 11 * minuteMs);
    expect(seeded.log()).toEqual([]);
    seeded.live([50], 11);
    expect(seeded.log()).toEqual(['12 resolved warn since 10']);
  });

  it('begins a new alarm when a series is watched again: people were told that the one before is over', () => {
    const seeded = loop(storedPolicy('p', { hold: '2m', target: { match: { env: 'prod' } } }));
    seeded.live([50, 50, 90, 90, 90], 0, { env: 'prod' });
    seeded.live([90], 5, { env: 'test' });
    expect(seeded.log()).toEqual(['4 opened warn since 2', expect.stringMatching(/^5\.1\d+ resolved warn since 2$/)]);
    seeded.restore();
    seeded.live([90], 6, { env: 'prod' });
    seeded.seed(history([50, 50, 90, 90, 90, 90]), 7 * minuteMs);
    expect(seeded.log()).toEqual(['7 opened warn since 5']);
  });

  it('begins a new alarm when a policy is removed and applied again', () => {
    const first = storedPolicy('p', { hold: '2m' });
    const seeded = loop(first);
    seeded.live([50, 50, 90, 90, 90], 0);
    const removed = removeAt(first, 5 * minuteMs);
    seeded.change(removed);
    seeded.tick(5.5 * minuteMs);
    expect(seeded.log()).toEqual(['4 opened warn since 2', '5.5 resolved warn since 2']);
    seeded.change(storedPolicy('p', { hold: '2m' }, removed, 5.5 * minuteMs));
    seeded.live([90], 6);
    seeded.seed(history([50, 50, 90, 90, 90, 90]), 7 * minuteMs);
    expect(seeded.log()).toEqual(['7 opened warn since 5']);
  });

  it('begins no alarm anew within the window that had raised the one before early', () => {
    const first = storedPolicy('p', { aggregate: 'MAX' });
    const seeded = loop(first);
    seeded.base(90, 0);
    const removed = removeAt(first, 10_000);
    seeded.change(removed);
    seeded.tick(15_000);
    expect(seeded.log()).toEqual(['1 opened warn since 0', '0.25 resolved warn since 0']);
    seeded.change(storedPolicy('p', { aggregate: 'MAX' }, removed, 15_000));
    seeded.base(90, 30_000);
    seeded.live([90], 1);
    expect(seeded.log()).toEqual(['2 opened warn since 1']);
  });

  it('fills the memory of a condition', () => {
    const change = { kind: 'change', change: { against: '1h', as: 'difference', baseline: '1m' }, threshold: { warn: '> 30' } } as const;
    const [seeded, unseeded] = [loop(storedPolicy('p', change)), loop(storedPolicy('p', change))];
    for (const one of [seeded, unseeded]) one.live([50], 70);
    seeded.seed(history(Array.from({ length: 70 }, () => 50)), 71 * minuteMs);
    for (const one of [seeded, unseeded]) one.live([90, 90], 71);
    expect(seeded.log()).toEqual(['72 opened warn since 71']);
    expect(unseeded.log()).toEqual([]);
  });

  it('is asked for again when a version remembers something else, and not when it only judges otherwise', () => {
    const spec = (against: string, warn: string) => ({ kind: 'change', change: { against, as: 'difference', baseline: '1m' }, threshold: { warn } }) as const;
    const calm = history(Array.from({ length: 75 }, () => 50));
    const first = storedPolicy('p', spec('1h', '> 60'));
    const milder = storedPolicy('p', spec('1h', '> 30'), first, 71 * minuteMs - versionLeadMs);
    const seeded = loop(first);
    seeded.live([50], 70);
    seeded.seed(calm, 71 * minuteMs);
    seeded.change(milder);
    seeded.live([50], 71);
    expect(seeded.waiting()).toBe(0);
    seeded.change(storedPolicy('p', spec('30m', '> 30'), milder, 72 * minuteMs - versionLeadMs));
    seeded.live([50, 50], 72);
    expect(seeded.waiting()).toBe(1);
    seeded.seed(calm, 74 * minuteMs);
    seeded.live([90], 74);
    expect(seeded.log()).toEqual(['75 opened warn since 74']);
    expect(seeded.waiting()).toBe(0);
  });

  it('is asked for when a version begins to remember, where the one before did not', () => {
    const plain = storedPolicy('p', { threshold: { warn: '> 95' } });
    const seeded = loop(plain);
    seeded.live([50], 70);
    seeded.seed([], 71 * minuteMs);
    seeded.live([50], 71);
    expect(seeded.waiting()).toBe(0);
    seeded.change(storedPolicy('p', { kind: 'change', change: { against: '30m', as: 'difference', baseline: '1m' }, threshold: { warn: '> 30' } }, plain, 72 * minuteMs - versionLeadMs));
    seeded.live([50, 50], 72);
    expect(seeded.waiting()).toBe(1);
    seeded.seed(history(Array.from({ length: 75 }, () => 50)), 74 * minuteMs);
    seeded.live([90], 74);
    expect(seeded.log()).toEqual(['75 opened warn since 74']);
  });

  it('is not taken from what was read before a version began anew', () => {
    const spec = (against: string) => ({ kind: 'change', change: { against, as: 'difference', baseline: '1m' }, threshold: { warn: '> 30' } }) as const;
    const first = storedPolicy('p', spec('1h'));
    const seeded = loop(first);
    seeded.live([50], 70);
    seeded.answer(history([50]));
    seeded.change(storedPolicy('p', spec('30m'), first, 71 * minuteMs - versionLeadMs));
    seeded.live([50], 71);
    seeded.tick(72 * minuteMs);
    expect(seeded.waiting()).toBe(1);
  });

  it('is asked for again after a restart, and joins where the live windows began', () => {
    const seeded = loop(storedPolicy('p', { hold: '5m' }));
    seeded.live([90, 90], 10);
    seeded.restore();
    expect(seeded.waiting()).toBe(1);
    // History has written further than where the series began: those windows count once.
    seeded.seed(history(Array.from({ length: 12 }, (_, minute) => (minute < 7 ? 50 : 90))), 12 * minuteMs);
    expect(seeded.log()).toEqual(['12 opened warn since 7']);
    expect(seeded.waiting()).toBe(0);
    seeded.restore();
    expect(seeded.waiting()).toBe(0);
  });

  it('takes in much history over several ticks, so that live windows do not wait for it', () => {
    const long = history(Array.from({ length: 20_000 }, (_, minute) => (minute < 19_990 ? 50 : 90)));
    const state = createWatchState();
    openSeedBox(state);
    const context = { state, policies: createPolicySet([storedPolicy('p', { hold: '5m' })]), out: createJudgement() };
    const bornMs = 20_000 * minuteMs;
    for (const host of ['a', 'b', 'c']) judgeBatch({ ...context, arrivalMs: bornMs }, windowBatch({ resource: hostResource(host), dictionary: load, startMs: bornMs, values: [90] }));
    for (const watch of state.seeds!.waiting.keys()) state.seeds!.ready.push({ watch, birth: watch.birth!, windows: long });
    const opened: number[] = [];
    for (let tick = 1; tick <= 3; tick++) {
      judgeTick({ ...context, arrivalMs: bornMs + tick * 1_000 }, 30_000);
      opened.push(context.out.decisions.splice(0).length);
    }
    expect(opened).toEqual([2, 1, 0]);
    expect(state.seeds!.waiting.size).toBe(0);
  });

  it('is given up when no history comes for hours, and when a series is no longer watched', () => {
    const seeded = loop(storedPolicy('p', {}));
    seeded.live(Array.from({ length: 250 }, () => 50), 0);
    expect(seeded.waiting()).toBe(0);
    const moved = loop(storedPolicy('p', { target: { match: { team: 'web' } } }));
    moved.live([50], 0);
    expect(moved.waiting()).toBe(0);
  });

  it('is not asked for where nothing would come of it', () => {
    for (const spec of [{ kind: 'absence', absence: { warn: '5m' }, threshold: undefined }, { kind: 'ratio', ratio: { to: 'app.max' } }] as const) {
      const one = loop(storedPolicy('p', spec as Parameters<typeof storedPolicy>[1]));
      one.live([50], 0);
      expect(one.waiting()).toBe(0);
    }
  });
});
