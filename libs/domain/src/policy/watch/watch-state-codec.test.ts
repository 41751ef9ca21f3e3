import { readFileSync } from 'node:fs';
import { judgeBatch } from '../judge/judge-batch.js';
import { countsFromMs, mostEndedAlarms, noteEndedAlarm } from './ended-alarms.js';
import { createJudgement } from '../judge/judge-context.js';
import { createPolicySet } from '../policy-set.js';
import { createSeriesWatch } from './series-watch.js';
import { createWatchState, type WatchState } from './watch-state.js';
import { decodeWatchState, encodeWatchState, readableWatchFormats } from './watch-state-codec.js';
import { dictionaryOf, hostResource, storedPolicy, windowBatch } from '../judge/window-fixture.js';

const load = dictionaryOf(['app.load']);

/** As version 1 wrote it: a series with 20 s of 90 in an open window, and an alarm that is pending for a minute. */
const formatOne = {
  sweptToMs: 70_000,
  shapes: [{ name: 'p', metric: 'app.load', windowMs: 60_000, aggregate: 'AVG' }],
  resources: [[{ id: 'id-a', tenant: 'default', provider: 'onprem', region: 'seoul', kind: 'host', uid: 'a' }, { host: 'a' }, [['agent', 80_000, 80_000]], [[0, {}, 0, 80_000, 180, 2, 75_000, 80_000, 0, { heldMs: [60_000, 60_000, 0], pendingSinceMs: 0, changesMs: [] }]]]],
};

describe('watch state', () => {
  it('reads what the version before wrote, and goes on from there', () => {
    const state = decodeWatchState([new TextEncoder().encode(JSON.stringify(formatOne))]);
    const policies = createPolicySet([storedPolicy('p', { hold: '2m' })]);
    const out = createJudgement();
    for (let startMs = 80_000; startMs < 120_000; startMs += 10_000) judgeBatch({ state, policies, out, arrivalMs: startMs + 10_000 }, windowBatch({ dictionary: load, startMs, values: [90] }));
    expect(out.decisions.map(({ change }) => [change.type, change.atMs, change.pendingSinceMs, change.value])).toEqual([['alarm.opened', 120_000, 0, 90]]);
  });

  it('keeps joint windows, memories and what groups were told, and encodes them the same again', () => {
    const records = [
      storedPolicy('ratio', { kind: 'ratio', ratio: { to: 'app.max', as: 'percent' } }),
      storedPolicy('rate', { kind: 'rate', rate: { of: 'value', per: '1m' } }),
      storedPolicy('change', { kind: 'change', change: { against: '1h', as: 'percent' } }),
      storedPolicy('group', { kind: 'group', group: { where: '> 80', measure: 'share', by: ['team'], atLeast: 1 } }),
    ];
    const policies = createPolicySet(records);
    const state = createWatchState();
    const two = dictionaryOf(['app.load'], ['app.max']);
    for (let startMs = 0; startMs < 150_000; startMs += 10_000) judgeBatch({ state, policies, out: createJudgement(), arrivalMs: startMs + 10_000 }, windowBatch({ dictionary: two, startMs, values: [90, 100], attributes: { team: 'web' } }));
    const text = (chunks: Iterable<Uint8Array>): string[] => [...chunks].map((chunk) => new TextDecoder().decode(chunk));
    const written = text(encodeWatchState(state));
    expect(written.join('')).toContain('"told":{"group":"[[\\"team\\",\\"web\\"]]","counts":true');
    expect(written.join('')).toContain('rate/1 AVG 60000 120000');
    expect(text(encodeWatchState(decodeWatchState(written.map((one) => new TextEncoder().encode(one)))))).toEqual(written);
  });

  it('remembers where alarms ended with their watch: the newest, in chunks that fit', () => {
    const state = createWatchState();
    const watch = createSeriesWatch({ name: 'p', metric: 'app.load', windowMs: 60_000, aggregate: 'AVG', input: 0 }, {});
    const ended = { ...watch, seenToMs: 1_800_000_030_000, alarm: { ...watch.alarm, changesMs: [1] } };
    for (let host = 0; host <= mostEndedAlarms; host++) noteEndedAlarm(state, hostResource(`h${host}`), ended);
    const chunks = [...encodeWatchState(state)];
    expect(Math.max(...chunks.map((chunk) => chunk.byteLength))).toBeLessThan(2 ** 20);
    const restored = decodeWatchState(chunks);
    // Counted by whole windows.
    expect(countsFromMs(restored, hostResource('h1'), watch)).toBe(1_800_000_060_000);
    expect(countsFromMs(restored, hostResource('h0'), watch)).toBe(-Infinity);
  });
});

describe('watch state of format 2', () => {
  const minuteMs = 60_000;
  const policies = createPolicySet([
    storedPolicy('ahead', { kind: 'forecast', forecast: { within: '60m' }, threshold: { warn: '> 90', critical: '> 95' } }),
    storedPolicy('odd', { kind: 'anomaly', threshold: { warn: '> 0.5' } }),
  ]);
  const valueAt = (minute: number): number => (minute === 410 ? 200 : 0) + 40 + (minute < 150 ? 0 : (minute - 150) * 0.25) + Math.round(100 * Math.sin(minute * minute)) / 50;

  /** The decisions from minute 320 to 430, and what became of forecasts. */
  function goOn(state: WatchState): unknown {
    const out = createJudgement();
    for (let minute = 320; minute < 430; minute++) judgeBatch({ state, policies, out, arrivalMs: (minute + 1) * minuteMs }, windowBatch({ dictionary: load, startMs: minute * minuteMs, widthMs: minuteMs, values: [valueAt(minute)] }));
    return [out.decisions.map(({ change, policy }) => [policy.name, change.atMs / minuteMs, change.type]), [...state.forecastScores.values()].map(({ totals }) => totals)];
  }

  it('is read, and its models decide what the version that wrote it decided', () => {
    const written = readFileSync(new URL('watch-state-format-2.json', import.meta.url));
    const state = decodeWatchState([written]);
    const decided = [
      [['odd', 411, 'alarm.opened'], ['odd', 412, 'alarm.resolved']],
      [{ hit: 2, early: 0, late: 0, false: 1, missed: 0, leadSumSeconds: 8220, errorSumSeconds: 4200, points: 30, covered: 14, shortestLeadSeconds: 300 }],
    ];
    expect(readableWatchFormats).toContain(2);
    expect(goOn(state)).toMatchObject(decided);
    const again = decodeWatchState([...encodeWatchState(decodeWatchState([written]))]);
    expect(goOn(again)).toMatchObject(decided);
  });
});
