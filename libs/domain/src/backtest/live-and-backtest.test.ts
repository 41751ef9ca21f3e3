/** The same samples, live and in a backtest, give the same alarms: with batches shuffled within the grace, and across kills. */
import type { DefinitionRecord, WindowBatch } from '@opsloop/contracts';
import { buildRawBatch } from '@opsloop/testing';
import { occurrenceOf, type AlarmDecision } from '../alarm/describe-transition.js';
import { createGroupState, decodeGroupState, encodeGroupState } from '../group/group-state.js';
import type { MemberReport } from '../group/member-report.js';
import { moveProgress, takeReport } from '../group/step-group.js';
import { judgeBatch } from '../policy/judge/judge-batch.js';
import { createJudgement } from '../policy/judge/judge-context.js';
import { judgeTick } from '../policy/judge/judge-tick.js';
import { createPolicySet } from '../policy/policy-set.js';
import { decodeWatchState, encodeWatchState } from '../policy/watch/watch-state-codec.js';
import { createWatchState } from '../policy/watch/watch-state.js';
import { hostResource, storedPolicy } from '../policy/judge/window-fixture.js';
import { createPartitionWindows, stepBatch, stepTick } from '../window/partition-windows.js';
import { createWindowTools } from '../window/window-tools.js';
import { windowsOfSamples } from './history-series.js';
import { replayHistory } from './replay-history.js';

const settings = { widthMs: 10_000, graceMs: 2_000, latenessMs: 60_000, idleMs: 30_000, maxSeries: 1_000 };
const startMs = Date.UTC(2026, 0, 1);
const lengthMs = 5_400_000;
const everyMs = 5_000;
const hosts = ['a', 'b', 'c', 'd', 'e'];
const metrics = ['app.load', 'app.errors', 'app.requests'];
/** Two partitions of the trigger. */
const partitionOfHost = (host: string): number => hosts.indexOf(host) % 2;

const policies: DefinitionRecord[] = [
  storedPolicy('level', { threshold: { info: '> 60', warn: '> 75', critical: '> 90', recover: '< 55' }, hold: '1m', keepOpen: '1m' }),
  storedPolicy('peak', { aggregate: 'MAX', window: '30s', threshold: { warn: '> 97' } }),
  storedPolicy('rate', { kind: 'rate', rate: { of: 'value', per: '1m', over: '3m' }, threshold: { warn: '> 9', critical: '> 14' } }),
  storedPolicy('bend', { kind: 'rate', rate: { of: 'rate', per: '1m' }, threshold: { warn: '> 25' } }),
  storedPolicy('change', { kind: 'change', change: { against: '30m', as: 'difference', baseline: '5m' }, threshold: { warn: '> 30', recover: '< 20' } }),
  storedPolicy('ahead', { kind: 'forecast', forecast: { within: '10m' }, threshold: { info: '> 70', warn: '> 80', critical: '> 95' }, keepOpen: '2m' }),
  storedPolicy('ratio', { kind: 'ratio', metric: 'app.errors', ratio: { to: 'app.requests', as: 'percent' }, threshold: { warn: '> 60' } }),
  storedPolicy('both', { kind: 'composite', composite: { when: { busy: { is: '> 70' }, failing: { metric: 'app.errors', aggregate: 'MAX', is: '> 90' } }, warn: 'busy or failing', critical: 'busy and failing' }, hold: '1m', threshold: undefined }),
  storedPolicy('share', { kind: 'group', group: { where: '> 60', measure: 'share', by: [], atLeast: 2 }, threshold: { warn: '> 30', critical: '> 70' }, keepOpen: '2m' }),
  storedPolicy('few', { kind: 'group', noDataAfter: '1m', group: { measure: 'count', by: [], atLeast: 1 }, threshold: { warn: '< 5' } }),
  storedPolicy('silent', { kind: 'absence', window: '10s', absence: { warn: '2m', critical: '5m' }, threshold: undefined }),
];
/** Silence is dated by arrival, which a backtest knows to a window. */
const bySilence = new Set(['silent', 'few']);

interface Sample {
  readonly host: string;
  readonly timeMs: number;
  readonly values: readonly number[];
}

/** A walk with bursts for each series; host c is silent for ten minutes. */
function samplesOf(random: () => number): Sample[] {
  return hosts.flatMap((host) => {
    const walk = metrics.map(() => 40);
    return Array.from({ length: lengthMs / everyMs }, (_, step): Sample => {
      for (const place of metrics.keys()) {
        if (random() < 0.004) walk[place] = 100 * random();
        walk[place] = Math.min(100, Math.max(0, walk[place]! + 8 * (random() - 0.5)));
      }
      return { host, timeMs: startMs + step * everyMs + 100, values: [...walk] };
    }).filter(({ timeMs }) => host !== 'c' || timeMs < startMs + 3_600_000 || timeMs > startMs + 4_200_000);
  });
}

interface LogRecord {
  readonly arrivalMs: number;
  /** Undefined: a tick. */
  readonly batch: WindowBatch | undefined;
}

/** What the aggregator writes for one partition: samples arrive up to 1.9 s late, in any order. */
function windowLog(samples: readonly Sample[], partition: number, random: () => number): LogRecord[] {
  const state = createPartitionWindows(createWindowTools(settings));
  const log: LogRecord[] = [];
  const emit = (batch: WindowBatch): void => {
    const columns = ['count', 'sum', 'min', 'max', 'last', 'lastTimeMs'] as const;
    const copy = Object.fromEntries(columns.map((name) => [name, Float64Array.from(batch[name])])) as Pick<WindowBatch, (typeof columns)[number]>;
    log.push({ arrivalMs: state.clockMs, batch: { ...batch, ...copy, slots: batch.slots && Uint32Array.from(batch.slots) } });
  };
  const arriving = samples.filter((one) => partitionOfHost(one.host) === partition).map((sample) => ({ sample, arrivalMs: sample.timeMs + Math.floor(1_900 * random()) })).toSorted((a, b) => a.arrivalMs - b.arrivalMs);
  let next = 0;
  let position = 0;
  for (let tickMs = startMs; tickMs < startMs + lengthMs + 120_000; tickMs += 1_000) {
    for (; next < arriving.length && arriving[next]!.arrivalMs < tickMs; next++) {
      const { sample: { host, timeMs, values }, arrivalMs } = arriving[next]!;
      const batch = buildRawBatch({ resource: hostResource(host), attributes: { host }, source: 'agent', contentHash: `${host} ${timeMs}`, samples: metrics.map((metric, place) => ({ metric, labels: {}, timeMs, value: values[place]! })) });
      stepBatch(state, batch, { position: position++, arrivalMs }, emit);
    }
    stepTick(state, tickMs, emit);
    log.push({ arrivalMs: tickMs, batch: undefined });
  }
  return log;
}

type Condition = { readonly report: MemberReport } | { readonly partition: number; readonly arrivalMs: number };

/** Runs a log through steps that are killed now and then: what came after the last snapshot is done again. */
function withKills<Record, State>(log: readonly Record[], random: () => number, state: { create(): State; encode(state: State): Iterable<Uint8Array>; decode(chunks: Uint8Array[]): State }, step: (state: State, record: Record) => void): number {
  let now = state.create();
  let saved = { at: 0, chunks: [...state.encode(now)] };
  let kills = 0;
  for (let at = 0; at < log.length; at++) {
    step(now, log[at]!);
    const dice = random();
    if (dice < 0.002) saved = { at: at + 1, chunks: [...state.encode(now)] };
    if (dice > 0.9992 && at - saved.at < 3_000) {
      kills++;
      now = state.decode(saved.chunks);
      at = saved.at - 1;
    }
  }
  return kills;
}

function live(samples: readonly Sample[], random: () => number): { decisions: AlarmDecision[]; kills: number } {
  const set = createPolicySet(policies);
  const out = createJudgement();
  let kills = 0;
  const conditions: Condition[][] = [0, 1].map((partition) => {
    const told: Condition[] = [];
    kills += withKills(windowLog(samples, partition, random), random, { create: createWatchState, encode: encodeWatchState, decode: decodeWatchState }, (state, { batch, arrivalMs }) => {
      const context = { state, policies: set, out, arrivalMs };
      if (batch) judgeBatch(context, batch);
      else judgeTick(context, settings.idleMs);
      told.push(...out.reports.splice(0).map((report) => ({ report })));
      if (!batch) told.push({ partition, arrivalMs });
    });
    return told;
  });
  // The two partitions run at their own pace.
  const merged: Condition[] = [];
  while (conditions.some((one) => one.length > 0)) merged.push(...conditions[Math.floor(2 * random())]!.splice(0, 1 + Math.floor(200 * random())));
  kills += withKills(merged, random, { create: () => createGroupState(2), encode: encodeGroupState, decode: decodeGroupState }, (state, one) => {
    const context = { state, policies: set, out, waitMs: settings.idleMs + 1_000 };
    if ('report' in one) takeReport(context, one.report);
    else moveProgress(context, one.partition, one.arrivalMs);
  });
  return { decisions: out.decisions, kills };
}

function backtest(samples: readonly Sample[]): readonly AlarmDecision[] {
  const series = hosts.flatMap((host) => metrics.map((metric, place) => windowsOfSamples({ resource: hostResource(host), attributes: { host }, metric, labels: {}, widthMs: settings.widthMs }, samples.filter((one) => one.host === host).map(({ timeMs, values }) => ({ timeMs, value: values[place]! })))));
  const work = replayHistory({ records: policies, series, toMs: startMs + lengthMs, graceMs: settings.graceMs, idleMs: settings.idleMs });
  let step = work.next();
  while (!step.done) step = work.next();
  return step.value.decisions;
}

/** Each transition once, as `time identity type level`, sorted; what is decided again after a kill must be the same. */
function linesOf(decisions: readonly AlarmDecision[], wanted: (policy: string) => boolean): string[] {
  const known = new Map<string, string>();
  for (const decision of decisions) {
    const { change, policy } = decision;
    if (!wanted(policy.name) || change.atMs > startMs + lengthMs - 120_000) continue;
    const id = `${occurrenceOf(decision)}#${change.transition}`;
    const text = `${change.atMs} ${id} ${change.type} ${change.level} ${change.value === null ? '' : change.value.toPrecision(9)} ${change.reason.slice(0, 20)}`;
    expect(known.get(id) ?? text).toBe(text);
    known.set(id, text);
  }
  return [...known.values()].toSorted();
}

describe.each([2, 5])('live and in a backtest, seed %i', (seed) => {
  const random = lcg(seed);
  const samples = samplesOf(random);
  const shuffled = live(samples, random);
  const tested = backtest(samples);

  it('was killed, and every policy had something to tell', () => {
    expect(shuffled.kills).toBeGreaterThan(3);
    expect(new Set(tested.map(({ policy }) => policy.name))).toEqual(new Set(policies.map((one) => one.name)));
  });

  it('alarms are the same, with the same times', () => {
    const wanted = (name: string): boolean => !bySilence.has(name);
    expect(linesOf(shuffled.decisions, wanted)).toEqual(linesOf(tested, wanted));
  });

  it('what silence decides is the same to within a window', () => {
    const log = (decisions: readonly AlarmDecision[]) => linesOf(decisions, (name) => bySilence.has(name)).map((text) => text.split(' ')).map(([atMs, , type, level]) => ({ atMs: Number(atMs), what: `${type!} ${level!}` }));
    const [seen, told] = [log(shuffled.decisions), log(tested)];
    expect(seen.map((one) => one.what)).toEqual(told.map((one) => one.what));
    expect(seen.length).toBeGreaterThan(3);
    for (const [index, one] of seen.entries()) expect(Math.abs(one.atMs - told[index]!.atMs)).toBeLessThanOrEqual(10_000);
  });
});

/** Numbers in [0, 1) from a linear congruential generator (Numerical Recipes). */
function lcg(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}
