import { policySchema, type Verification, type WorkOrder } from '@opsloop/contracts';
import { compilePolicy } from '../policy/compiled-policy.js';
import { creditRepair, type Peer } from './credit-repair.js';
import { foldWindows, type BaseSeries } from './fold-windows.js';
import { judgeTarget, judgingHistoryMs, measuredFromMs, whyNotJudged, type TargetMeasurements, type TargetVerification } from './judge-target.js';
import { outcomeOf, settleVerification } from './settle-verification.js';

const base = 10_000;

/** One base window per value from `startMs` on; null is a gap. */
function series(startMs: number, values: readonly (number | null)[], labels = {}): BaseSeries {
  const rows = values.flatMap((value, index) => (value === null ? [] : [{ startMs: startMs + index * base, value }]));
  const column = rows.map((one) => one.value);
  return { labels, startsMs: rows.map((one) => one.startMs), count: column.map(() => 2), sum: column.map((one) => one * 2), min: column.map((one) => one - 1), max: column.map((one) => one + 1), last: column };
}

function policyOf(spec: object) {
  const policy = policySchema.parse({ apiVersion: 'opsloop/v1', kind: 'Policy', metadata: { name: 'up' }, spec: { metric: 'health.up', aggregate: 'LAST', window: '10s', threshold: { critical: '< 1' }, ...spec } });
  return compilePolicy(policy, { tenant: 't', version: 1 });
}

const entry: TargetVerification = { target: 'a', policy: 'up', holdsMs: 20_000, deadlineMs: 220_000, outcome: 'waiting', reason: '', evidence: [] };
const measured = (values: readonly (number | null)[], more: Partial<TargetMeasurements> = {}): TargetMeasurements => ({ policy: policyOf({}), baseMs: base, series: [series(60_000, values)], sinceMs: 104_000, nowMs: 150_000, storedWithinMs: 0, mostEvidence: 50, ...more });

const fold = (values: readonly (number | null)[]) => foldWindows(series(0, values), { windowMs: 30_000, baseMs: base, aggregate: 'LAST' }).map((one) => one.startMs);

describe('foldWindows', () => {
  it.each([
    ['AVG', 4], ['MIN', 2], ['MAX', 6], ['LAST', 5],
  ] as const)('folds base windows into policy windows by %s', (aggregate, value) => {
    expect(foldWindows(series(0, [3, 4, 5, 9]), { windowMs: 30_000, baseMs: base, aggregate })).toEqual([{ startMs: 0, endMs: 30_000, value }]);
  });

  it('leaves out what may still grow, and takes what later data has closed', () => {
    expect(fold([1, 2])).toEqual([]);
    expect(fold([1, 2, 3])).toEqual([0]);
    expect(fold([1, null, 3, 4])).toEqual([0]);
    expect(fold([1, null, null, null, 5])).toEqual([0]);
    expect(fold([null, null, null, null, 5, 6, 7])).toEqual([30_000]);
  });
});

describe('judgeTarget', () => {
  // Base windows begin at 60 s; the run ends at 104 s: the first window that began after it is the one of 110 s.
  it('takes only windows that began after the run ended, until they add up to holds', () => {
    const verdict = judgeTarget(entry, measured([1, 1, 1, 1, 1, 1, 1]));
    expect(verdict).toMatchObject({ outcome: 'verified', atMs: 150_000, evidence: [{ startMs: 110_000, endMs: 120_000, value: 1, ok: true }, { startMs: 120_000, ok: true }] });
    expect(judgeTarget(entry, measured([1, 1, 1, 1, 1, 1]))).toMatchObject({ outcome: 'waiting', evidence: [{ startMs: 110_000 }] });
    expect(judgeTarget(entry, measured([1, 1, 1, 1, 1]))).toMatchObject({ outcome: 'waiting', evidence: [], reason: 'waiting for measurements that began after the run' });
  });

  it('keeps the newest windows, as many as there is room for', () => {
    expect(judgeTarget({ ...entry, holdsMs: 50_000 }, measured(Array.from({ length: 10 }, () => 1), { mostEvidence: 3 }))).toMatchObject({ outcome: 'verified', evidence: [{ startMs: 130_000 }, { startMs: 140_000 }, { startMs: 150_000 }] });
  });

  it('takes a window that begins in the very moment the run ends', () => {
    expect(judgeTarget({ ...entry, holdsMs: 10_000 }, measured([0, 0, 0, 0, 1], { sinceMs: 100_000 }))).toMatchObject({ outcome: 'verified', evidence: [{ startMs: 100_000 }] });
  });

  it('begins to count again after a bad window, and counts no gap', () => {
    expect(judgeTarget(entry, measured([0, 0, 0, 0, 0, 1, 0, 1]))).toMatchObject({ outcome: 'waiting' });
    expect(judgeTarget(entry, measured([0, 0, 0, 0, 0, 1, 0, 1, 1]))).toMatchObject({ outcome: 'verified', evidence: [{ ok: true }, { ok: false }, { ok: true }, { ok: true }] });
    expect(judgeTarget(entry, measured([0, 0, 0, 0, 0, 1, null, null, null, null]))).toMatchObject({ outcome: 'waiting' });
    expect(judgeTarget(entry, measured([0, 0, 0, 0, 0, 1, null, null, 1]))).toMatchObject({ outcome: 'verified' });
  });

  it('decides at the deadline: bad, or nothing measured', () => {
    const late = { nowMs: 220_000 };
    expect(judgeTarget(entry, measured([0, 0, 0, 0, 0, 0, 0], late))).toMatchObject({ outcome: 'not-verified', reason: 'up was not good for 20s within 116s', evidence: [{ ok: false }, { ok: false }] });
    expect(judgeTarget(entry, measured([0, 0, 0, 0, 0, 1], late))).toMatchObject({ outcome: 'not-verified' });
    expect(judgeTarget(entry, measured([0, 0, 0, 0], late))).toMatchObject({ outcome: 'no-fresh-data', evidence: [] });
    expect(judgeTarget(entry, measured([], { ...late, series: [] }))).toMatchObject({ outcome: 'no-fresh-data' });
    expect(judgeTarget(entry, measured([1, 1, 1, 1, 1, 1, 1], late))).toMatchObject({ outcome: 'verified' });
  });

  it('takes no window that ended after the deadline, however late it looks', () => {
    // Good from 220 s on, which is the deadline: half an hour later that proves nothing.
    const late = [...Array.from({ length: 16 }, () => 0), 1, 1, 1, 1, 1];
    expect(judgeTarget(entry, measured(late, { nowMs: 2_000_000 }))).toMatchObject({ outcome: 'not-verified', reason: 'up was not good for 20s within 116s' });
    expect(judgeTarget(entry, measured(late.slice(2), { nowMs: 2_000_000 }))).toMatchObject({ outcome: 'verified', evidence: expect.arrayContaining([expect.objectContaining({ endMs: 220_000 })]) });
    expect(judgeTarget(entry, measured([null, ...late], { nowMs: 2_000_000, series: [series(220_000, [1, 1, 1])] }))).toMatchObject({ outcome: 'no-fresh-data' });
  });

  it('waits at the deadline for windows that ended before it and are not stored yet', () => {
    const bad = Array.from({ length: 14 }, () => 0);
    const stored = { storedWithinMs: 45_000 };
    expect(judgeTarget(entry, measured(bad, { ...stored, nowMs: 264_000 }))).toMatchObject({ outcome: 'waiting' });
    expect(judgeTarget(entry, measured([...bad, 1, 1], { ...stored, nowMs: 264_000 }))).toMatchObject({ outcome: 'verified' });
    expect(judgeTarget(entry, measured(bad, { ...stored, nowMs: 265_000 }))).toMatchObject({ outcome: 'not-verified' });
    expect(judgeTarget(entry, measured([...bad, 0, 0, 1], { ...stored, nowMs: 231_000 }))).toMatchObject({ outcome: 'not-verified' });
  });

  it('takes the window of a sparse series for whole when nothing of it can be on its way any more', () => {
    const policy = policyOf({ window: '1m' });
    const good = [0, null, null, null, null, null, 1];
    const sparse = { policy, storedWithinMs: 45_000 };
    expect(judgeTarget(entry, measured(good, { ...sparse, nowMs: 224_999 }))).toMatchObject({ outcome: 'waiting' });
    expect(judgeTarget(entry, measured(good, { ...sparse, nowMs: 225_000 }))).toMatchObject({ outcome: 'verified', evidence: [{ startMs: 120_000, endMs: 180_000 }] });
  });

  it('waits for an input that trails the other, before it takes their window for whole', () => {
    const policy = policyOf({ kind: 'composite', metric: 'load', aggregate: undefined, window: '1m', threshold: undefined, composite: { when: { busy: { is: '> 90' }, slow: { metric: 'time', aggregate: 'MAX', is: '> 2' } }, critical: 'busy or slow' } });
    const load = { ...series(60_000, [99, 99, 99, 99, 99, 99, 5, 5, 5, 5, 5, 5]), metric: 'load' };
    const time = (values: readonly number[]) => ({ ...series(60_000, [9, 9, 9, 9, 9, 9, ...values]), metric: 'time' });
    const judge = (values: readonly number[], nowMs: number) => judgeTarget(entry, measured([], { policy, series: [load, time(values)], nowMs, storedWithinMs: 75_000 })).outcome;
    expect(judge([0, 0], 190_000)).toBe('waiting');
    expect(judge([0, 0, 9, 9, 9, 9], 220_000)).toBe('waiting');
    expect(judge([0, 0, 0, 0, 0, 0], 220_000)).toBe('verified');
    expect(judge([0, 0, 9, 9, 9, 9], 400_000)).toBe('not-verified');
  });

  it('gives a policy the time that its windows take, however short within is', () => {
    const policy = policyOf({ metric: 'cpu', window: '1m', threshold: { warn: '> 80' } });
    const short = { ...entry, holdsMs: 30_000, deadlineMs: 134_000 };
    const healthy = Array.from({ length: 18 }, () => 50);
    // Windows of a minute: the first that began after the run, at 104 s, ends at 180 s.
    expect(judgeTarget(short, measured(healthy.slice(0, 10), { policy, nowMs: 160_000 }))).toMatchObject({ outcome: 'waiting', deadlineMs: 254_000 });
    expect(judgeTarget(short, measured(healthy, { policy, nowMs: 241_000 }))).toMatchObject({ outcome: 'verified', deadlineMs: 254_000 });
    const climbing = policyOf({ kind: 'rate', metric: 'app.load', aggregate: 'AVG', window: '1m', rate: { per: '1m', over: '10m' }, threshold: { warn: '> 10' } });
    expect(judgeTarget(short, measured([], { policy: climbing, nowMs: 160_000 }))).toMatchObject({ outcome: 'waiting', deadlineMs: 854_000 });
  });

  it('does not take a window from before the alarm for a recovery: one sample may open it, and its window still runs when the run begins', () => {
    const run = { brokenUntilMs: 102_000 };
    expect(judgeTarget(entry, measured([1, 1, 1, 1, 0, 1, 1], { ...run, brokenSinceMs: 100_000 }))).toMatchObject({ outcome: 'verified' });
    expect(judgeTarget(entry, measured([1, 0, 0, 1, 1, 1, 1], { ...run, brokenSinceMs: 70_000 }))).toMatchObject({ outcome: 'self-healed' });
  });

  it('calls it self-healed when the last window before the run was good', () => {
    const run = { brokenUntilMs: 102_000 };
    expect(judgeTarget(entry, measured([0, 0, 0, 1, 1, 1, 1], run))).toMatchObject({ outcome: 'self-healed', evidence: [{ startMs: 90_000, ok: true }, { startMs: 110_000 }, { startMs: 120_000 }] });
    expect(judgeTarget(entry, measured([1, 1, 1, 0, 1, 1, 1], run))).toMatchObject({ outcome: 'verified' });
    // Nobody measured shortly before: nothing says that it had healed.
    expect(judgeTarget(entry, { ...measured([], run), series: [series(0, [1, null, null, null, null, null, null, null, null, null, null, 1, 1])] })).toMatchObject({ outcome: 'verified' });
  });

  it('judges with the aggregate, the window and the recover threshold of the policy', () => {
    const policy = policyOf({ metric: 'cpu', aggregate: 'MAX', window: '20s', threshold: { warn: '> 80', recover: '< 70' } });
    const judge = (values: readonly number[]) => judgeTarget(entry, measured([...Array.from({ length: 6 }, () => 99), ...values], { policy, storedWithinMs: 45_000 })).outcome;
    expect(judge([50, 60])).toBe('verified');
    expect(judge([50, 70])).toBe('waiting');
    expect(judge([50, 69])).toBe('waiting');
    expect(judge([50])).toBe('waiting');
  });

  it('needs every series of the policy to be good, or only those of the alarm', () => {
    const policy = policyOf({ target: { match: { path: ['/a', '/b'] } } });
    const all = [series(110_000, [1, 1], { path: '/a' }), series(110_000, [1, 0], { path: '/b' }), series(110_000, [0, 0], { path: '/c' })];
    expect(judgeTarget(entry, measured([], { policy, series: all }))).toMatchObject({ outcome: 'waiting', evidence: [{ ok: true }, { ok: false, value: 0 }] });
    expect(judgeTarget(entry, measured([], { policy, series: all, labels: { path: '/a' } }))).toMatchObject({ outcome: 'verified' });
  });

  it('keeps what it decided', () => {
    const verdict = judgeTarget(entry, measured([1, 1, 1, 1, 1, 1, 1]));
    expect(judgeTarget(verdict, measured([0, 0, 0, 0, 0, 0, 0], { nowMs: 999_000 }))).toBe(verdict);
  });

  it('asks for windows as far back as it looks', () => {
    expect(measuredFromMs(policyOf({}), 104_000, 102_000)).toBe(42_000);
    expect(measuredFromMs(policyOf({}), 104_000, undefined)).toBe(44_000);
  });
});

describe('judgeTarget by history', () => {
  // A day of base windows before a run that ends after 24 h, and half an hour after it.
  const dayMs = 86_400_000;
  const untilMs = dayMs + 1_800_000;
  const run = { baseMs: base, sinceMs: dayMs, brokenUntilMs: dayMs - 60_000, brokenSinceMs: dayMs - 300_000, nowMs: untilMs, storedWithinMs: 0, mostEvidence: 50 };
  const deadline = { ...entry, holdsMs: 60_000, deadlineMs: untilMs };
  const values = (valueAt: (sinceMs: number) => number): BaseSeries => series(0, Array.from({ length: untilMs / base }, (_, i) => valueAt(i * base - dayMs)));
  const judge = (spec: object, valueAt: (sinceMs: number) => number, more: Partial<TargetMeasurements> = {}) => judgeTarget(deadline, { policy: policyOf({ metric: 'app.load', aggregate: 'AVG', window: '1m', ...spec }), series: [values(valueAt)], ...run, ...more });
  const minutes = (ms: number): number => ms / 60_000;
  /** Waves of a few minutes, the same each time. */
  const noise = (ms: number): number => 2 * Math.sin(ms / 47_000) + Math.sin(ms / 190_000);

  it('holds a rate against the limits of a rate', () => {
    const falling = { kind: 'rate', rate: { per: '1m' }, threshold: { warn: '< -5' } };
    expect(judge(falling, (ms) => 1_000 - 30 * minutes(ms))).toMatchObject({ outcome: 'not-verified' });
    expect(judge(falling, (ms) => (ms < 0 ? 1_000 - 30 * minutes(ms) : 1_000))).toMatchObject({ outcome: 'verified', evidence: expect.arrayContaining([expect.objectContaining({ ok: true, value: 0 })]) });
    const growing = { kind: 'rate', rate: { per: '1m' }, threshold: { warn: '> 10' } };
    expect(judge(growing, (ms) => (ms < 0 ? 500 + 30 * minutes(ms) : 500))).toMatchObject({ outcome: 'verified' });
  });

  it('holds a change against the limits of a change', () => {
    const change = { kind: 'change', change: { against: '12h' }, threshold: { warn: '> 50' } };
    expect(judge(change, (ms) => (ms < -300_000 ? 20 : 40))).toMatchObject({ outcome: 'not-verified' });
    expect(judge(change, (ms) => (ms < -300_000 ? 200 : ms < 0 ? 400 : 210))).toMatchObject({ outcome: 'verified' });
  });

  it('forecasts as the alarm did: a disk that goes on filling is not repaired below its limit', () => {
    const forecast = { kind: 'forecast', forecast: { within: '60m' }, threshold: { warn: '> 90' } };
    const filling = (ms: number): number => 88 + minutes(ms) / 20;
    const since = { brokenSinceMs: dayMs - 1_080_000 };
    expect(judge(forecast, filling, since)).toMatchObject({ outcome: 'not-verified' });
    expect(judge(forecast, (ms) => (ms < 0 ? filling(ms) : 30), since)).toMatchObject({ outcome: 'verified' });
  });

  it('scores what is unusual as the alarm did', () => {
    const anomaly = { kind: 'anomaly', threshold: { warn: '> 0.65' } };
    const usual = (ms: number): number => 30 + noise(ms);
    expect(judge(anomaly, (ms) => (ms < -300_000 ? usual(ms) : ms < 0 ? 95 : usual(ms)))).toMatchObject({ outcome: 'verified' });
  });

  it('proves nothing where what the alarm was opened for is not found', () => {
    const rate = { kind: 'rate', rate: { per: '1m' }, threshold: { warn: '> 10' } };
    expect(judge(rate, () => 500)).toMatchObject({ outcome: 'not-verified', reason: 'up does not find in what is stored what the alarm was opened for, so it proves nothing: name a threshold policy in verify.policy' });
    expect(judge(rate, () => 500, { brokenSinceMs: undefined, brokenUntilMs: undefined })).toMatchObject({ outcome: 'verified' });
  });

  it('asks for as much history as the condition needs, and judges no target by a count of resources', () => {
    expect(judgingHistoryMs(policyOf({ kind: 'change', window: '1m', change: { against: '1d', baseline: '5m' }, threshold: { warn: '> 50' } }))).toBe(dayMs + 300_000);
    expect(judgingHistoryMs(policyOf({}))).toBe(0);
    expect(whyNotJudged(policyOf({ kind: 'group', group: { where: '> 90', measure: 'share' }, threshold: { warn: '> 30' } }))).toMatch(/^up counts resources/);
    expect(whyNotJudged(policyOf({}))).toBeUndefined();
  });
});

describe('creditRepair', () => {
  // Broken in the windows of 60 s to 100 s; the run begins at 102 s and ends at 104 s; good from 110 s on.
  const healing = [0, 0, 0, 0, 0, 1, 1];
  const own = measured(healing, { brokenUntilMs: 102_000 });
  const verdict = judgeTarget(entry, own);
  const peer = (name: string, values: readonly (number | null)[], labels = {}): Peer => ({ name, series: [series(60_000, values, labels)] });
  const credit = (peers: readonly Peer[], more = {}) => creditRepair(verdict, { policy: own.policy, baseMs: base, target: own.series, brokenUntilMs: 102_000, peers, ...more });

  it('is ours without peers, or when those that were broken stay so', () => {
    expect(verdict.outcome).toBe('verified');
    expect(credit([])).toBe(verdict);
    expect(credit([peer('b', [0, 0, 0, 0, 0, 0, 0, 0])])).toBe(verdict);
  });

  it('is not ours when untreated peers recovered at the same time', () => {
    expect(credit([peer('b', healing)])).toMatchObject({ outcome: 'self-healed', evidence: verdict.evidence, atMs: verdict.atMs, reason: 'b recovered at the same time without being treated: 1 of 1 that up found broken' });
    expect(credit([peer('b', healing), peer('c', healing), peer('d', healing), peer('e', healing), peer('f', [0, 0, 0, 0, 0, 0, 0])]).reason).toBe('b, c, d and 1 more recovered at the same time without being treated: 4 of 5 that up found broken');
  });

  it.each([
    ['healthy all along', [1, 1, 1, 1, 1, 1, 1]],
    ['recovered before the run began', [0, 0, 0, 1, 1, 1, 1]],
    ['recovered, and broke again', [0, 0, 0, 0, 0, 1, 0]],
    ['not measured before the run', [null, null, null, null, null, 1, 1]],
    ['not measured since', [0, 0, 0, 0]],
  ])('is ours whatever a peer shows that was %s', (_name, values) => {
    expect(credit([peer('b', values)])).toBe(verdict);
  });

  it('takes half of the broken peers for all, and less for chance', () => {
    const still = (name: string) => peer(name, [0, 0, 0, 0, 0, 0, 0]);
    expect(credit([peer('b', healing), still('c')]).outcome).toBe('self-healed');
    expect(credit([peer('b', healing), still('c'), still('d')]).outcome).toBe('verified');
  });

  it('takes two windows apart for the same time, and three not', () => {
    // All broken until 100 s, proven much later: the target is good from 140 s on.
    const target = measured([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1], { brokenUntilMs: 102_000, nowMs: 190_000 });
    const late = judgeTarget({ ...entry, holdsMs: 40_000 }, target);
    const at = (place: number) => creditRepair(late, { policy: target.policy, baseMs: base, target: target.series, brokenUntilMs: 102_000, peers: [peer('b', Array.from({ length: 12 }, (_, index) => (index >= place ? 1 : 0)))] }).outcome;
    expect([5, 6, 7, 8, 9, 10, 11].map(at)).toEqual(['verified', 'self-healed', 'self-healed', 'self-healed', 'self-healed', 'self-healed', 'verified']);
  });

  it('compares the series of the alarm, on peers too', () => {
    const policy = policyOf({ target: { match: { path: ['/a', '/b'] } } });
    const target = [series(60_000, healing, { path: '/a' })];
    const ofA = judgeTarget(entry, { ...own, policy, series: target, labels: { path: '/a' } });
    const judge = (path: string) => creditRepair(ofA, { policy, baseMs: base, target, labels: { path: '/a' }, brokenUntilMs: 102_000, peers: [peer('b', healing, { path })] }).outcome;
    expect([judge('/a'), judge('/b')]).toEqual(['self-healed', 'verified']);
  });

  it('says nothing about what is not verified', () => {
    const waiting = judgeTarget(entry, measured([0, 0, 0, 0, 0, 1], { brokenUntilMs: 102_000 }));
    expect(creditRepair(waiting, { policy: own.policy, baseMs: base, target: own.series, brokenUntilMs: 102_000, peers: [peer('b', healing)] })).toBe(waiting);
  });
});

const targets = (...outcomes: TargetVerification['outcome'][]): TargetVerification[] => outcomes.map((outcome, index) => ({ ...entry, target: `t${index}`, outcome, reason: `${outcome} for a reason` }));
const verification = (...outcomes: TargetVerification['outcome'][]): Verification => ({ run: 't/w-r1', sinceMs: 1, policy: 'up', holdsMs: 1, deadlineMs: 2, targets: targets(...outcomes) });
const order = (state: WorkOrder['state']): WorkOrder => ({ id: 't/w', tenant: 't', state, dueAtMs: 1, trace: {}, timeline: [], pendingEvents: [], verification: verification('waiting'), runs: ['t/w-r1'], run: 't/w-r1' }) as unknown as WorkOrder;

describe('settleVerification', () => {
  const at = { nowMs: 500, version: 7 };

  it.each([
    [['verified', 'waiting'], 'waiting'],
    [['verified', 'self-healed'], 'verified'],
    [['self-healed', 'self-healed'], 'self-healed'],
    [['verified', 'no-fresh-data'], 'no-fresh-data'],
    [['no-fresh-data', 'not-verified'], 'not-verified'],
  ] as const)('%j means %s', (outcomes, outcome) => {
    expect(outcomeOf(verification(...outcomes))).toBe(outcome);
  });

  it('looks again while a target waits, and tells nobody', () => {
    expect(settleVerification(order('succeeded'), targets('verified', 'waiting'), 900, at)).toMatchObject({ order: { state: 'succeeded', dueAtMs: 900, pendingEvents: [] } });
  });

  it.each([
    ['verified', 'verified'],
    ['self-healed', 'verified'],
    ['not-verified', 'not-verified'],
    ['no-fresh-data', 'not-verified'],
  ] as const)('moves an order that succeeded: %s -> %s', (outcome, state) => {
    const settled = settleVerification(order('succeeded'), targets(outcome), 900, at);
    expect(settled).toMatchObject({ order: { state, pendingEvents: [{ event: { data: { state, reason: `${outcome}: ${outcome} for a reason` } } }], timeline: [{ what: `verification.${outcome}`, ref: 't/w-r1' }, { what: `work-order.${state}` }] } });
    expect('order' in settled && settled.order.dueAtMs).toBeUndefined();
    expect('order' in settled && settled.order.trace.verifiedMs).toBe(state === 'verified' ? 500 : undefined);
  });

  it('does not make good what failed or is unknown', () => {
    expect(settleVerification(order('unknown'), targets('verified'), 900, at)).toMatchObject({ order: { state: 'unknown', verification: { targets: [{ outcome: 'verified' }] }, pendingEvents: [{ event: { data: { state: 'unknown' } } }] } });
  });
});
