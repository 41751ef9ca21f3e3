/** What is told early is what the closed windows tell: the same alarms, of the same times and levels, and nothing else. */
import type { DefinitionRecord, PolicySpec, WindowBatch } from '@opsloop/contracts';
import { buildRawBatch, settledAlarms, type SettledAlarm } from '@opsloop/testing';
import { array, assert, constantFrom, integer, property, record } from 'fast-check';
import { createPartitionWindows, stepBatch, stepTick } from '../../window/partition-windows.js';
import { createWindowTools } from '../../window/window-tools.js';
import { normalAlarm } from '../../alarm/alarm-state.js';
import { stepAlarm } from '../../alarm/step-alarm.js';
import { describeTransition, type AlarmDecision } from '../../alarm/describe-transition.js';
import { earlyLimitsOf } from './early-limits.js';
import { judgeBatch } from './judge-batch.js';
import { createJudgement } from './judge-context.js';
import { judgeProvisional } from './judge-provisional.js';
import { judgeTick } from './judge-tick.js';
import { createPolicySet } from '../policy-set.js';
import { decodeWatchState, encodeWatchState } from '../watch/watch-state-codec.js';
import { createWatchState } from '../watch/watch-state.js';
import { hostResource, storedPolicy } from './window-fixture.js';

const settings = { widthMs: 10_000, graceMs: 2_000, latenessMs: 60_000, idleMs: 30_000, maxSeries: 100 };
const startMs = Date.UTC(2026, 0, 1);
const upwards = { info: '> 60', warn: '>= 75', critical: '> 90' };
const downwards = { info: '< 40', warn: '<= 25', critical: '< 10' };

interface LogRecord {
  readonly arrivalMs: number;
  /** Undefined: a tick. */
  readonly batch: WindowBatch | undefined;
}

interface Walk {
  readonly everyMs: number;
  /** Each sample arrives at most so much later than it was taken, ms. */
  readonly delayMs: number;
  readonly delays: readonly number[];
  readonly values: readonly number[];
}

interface Shape {
  readonly aggregate: 'MAX' | 'MIN' | 'LAST';
  readonly window: string;
  readonly hold: string;
  readonly keepOpen: string;
  /** Its thresholds look downwards. */
  readonly isDown: boolean;
}

/** What the aggregator writes: a quiet minute or two, then the values, each held for a while. */
function windowLog(records: readonly DefinitionRecord[], { everyMs, delayMs, delays, values }: Walk): LogRecord[] {
  const tools = createWindowTools(settings);
  tools.early = earlyLimitsOf(createPolicySet(records));
  const state = createPartitionWindows(tools);
  const log: LogRecord[] = [];
  const emit = (batch: WindowBatch): void => {
    const columns = ['count', 'sum', 'min', 'max', 'last', 'lastTimeMs'] as const;
    const copy = Object.fromEntries(columns.map((name) => [name, Float64Array.from(batch[name])])) as Pick<WindowBatch, (typeof columns)[number]>;
    log.push({ arrivalMs: state.clockMs, batch: { ...batch, ...copy, slots: batch.slots && Uint32Array.from(batch.slots) } });
  };
  const quiet = Array.from({ length: 45 }, () => 50);
  const samples = [...quiet, ...values, ...quiet].map((value, step) => {
    const timeMs = startMs + step * everyMs;
    return { value, timeMs, arrivalMs: timeMs + ((delays[step % delays.length]! * delayMs) / 100) };
  });
  const arriving = samples.toSorted((a, b) => a.arrivalMs - b.arrivalMs);
  let position = 0;
  for (let tickMs = startMs; tickMs < startMs + samples.length * everyMs + 180_000; tickMs += 1_000) {
    while (arriving[0] && arriving[0].arrivalMs < tickMs) {
      const { value, timeMs, arrivalMs } = arriving.shift()!;
      const batch = buildRawBatch({ resource: hostResource('a'), attributes: { host: 'a' }, source: 'agent', contentHash: String(timeMs), samples: [{ metric: 'app.load', labels: {}, timeMs, value }, { metric: 'app.other', labels: {}, timeMs, value: 99 }] });
      stepBatch(state, batch, { position: position++, arrivalMs }, emit);
    }
    stepTick(state, tickMs, emit);
    log.push({ arrivalMs: tickMs, batch: undefined });
  }
  return log;
}

function judge(records: readonly DefinitionRecord[], log: readonly LogRecord[], killEvery: number): AlarmDecision[] {
  const policies = createPolicySet(records);
  const out = createJudgement();
  let state = createWatchState();
  let saved = { at: 0, chunks: [...encodeWatchState(state)] };
  let killed = 0;
  for (let at = 0; at < log.length; at++) {
    const { batch, arrivalMs } = log[at]!;
    const context = { state, policies, out, arrivalMs };
    if (!batch) judgeTick(context, settings.idleMs);
    else if (batch.provisional) judgeProvisional(context, batch);
    else judgeBatch(context, batch);
    if (killEvery > 0 && at % (killEvery * 3) === 0) saved = { at: at + 1, chunks: [...encodeWatchState(state)] };
    if (killEvery > 0 && at % killEvery === killEvery - 1 && at > killed) {
      killed = at;
      state = decodeWatchState(saved.chunks);
      at = saved.at - 1;
    }
  }
  return out.decisions;
}

/** The closed windows by themselves: MAX and MIN of each policy window, one step each. */
function closedWindowsAlone(records: readonly DefinitionRecord[], log: readonly LogRecord[]): AlarmDecision[] {
  const policy = createPolicySet(records).eraAt('default', Infinity).byName.get('p')!;
  const values = new Map<number, number>();
  for (const { batch } of log) {
    const slot = batch?.dictionary.metrics.indexOf('app.load') ?? -1;
    if (!batch || batch.provisional || batch.correction) continue;
    const column = batch.slots ? batch.slots.indexOf(slot) : slot;
    if (column < 0) continue;
    const endMs = Math.ceil((batch.startMs + batch.widthMs) / policy.windowMs) * policy.windowMs;
    const value = policy.aggregate === 'MAX' ? Math.max(values.get(endMs) ?? -Infinity, batch.max[column]!) : Math.min(values.get(endMs) ?? Infinity, batch.min[column]!);
    values.set(endMs, value);
  }
  let alarm = normalAlarm;
  return [...values].toSorted(([a], [b]) => a - b).flatMap(([endMs, value]) => {
    const step = stepAlarm(alarm, policy, { startMs: endMs - policy.windowMs, endMs, value });
    alarm = step.state;
    return step.changes.map((change) => ({ change, policy, resource: hostResource('a'), attributes: {}, labels: {}, windowStartMs: endMs - policy.windowMs, windowEndMs: endMs, sampleMs: 0, arrivalMs: endMs }));
  });
}

function settled(decisions: readonly AlarmDecision[]): SettledAlarm[] {
  return settledAlarms(decisions.map((decision) => describeTransition(decision, 0)));
}

const shapes = record<Shape>({
  aggregate: constantFrom('MAX', 'MIN', 'LAST'),
  window: constantFrom('10s', '30s', '1m'),
  hold: constantFrom('0s', '10s', '20s', '1m'),
  keepOpen: constantFrom('0s', '30s'),
  isDown: constantFrom(true, false),
});
const walks = record({
  everyMs: constantFrom(1_000, 3_000, 10_000),
  delayMs: constantFrom(0, 1_900),
  delays: array(integer({ min: 0, max: 100 }), { minLength: 20, maxLength: 20 }),
  values: array(integer({ min: 0, max: 100 }), { minLength: 5, maxLength: 60 }),
});

/** A sample raises the level in a window whose forerunner is over and milder, but not judged yet: by its LAST, and by its MAX. */
const prompt = { everyMs: 1_000, delayMs: 0, delays: Array.from({ length: 20 }, () => 0) };
const examples: [shape: Shape, walk: Walk, killEvery: number][] = [
  [{ aggregate: 'LAST', window: '10s', hold: '0s', keepOpen: '0s', isDown: true }, { ...prompt, values: [10, 10, 10, 10, 26, 0, 0, 0, 0, 0] }, 7],
  [{ aggregate: 'MAX', window: '10s', hold: '0s', keepOpen: '0s', isDown: false }, { ...prompt, values: [0, 0, 0, 75, 0, 0, 0, 61, 0, 0, 0, 0, 0, 0, 0, 91, 0, 0] }, 7],
];

describe('early decisions', () => {
  const told = { early: 0 };
  it('raise nothing that the closed windows would not, whatever the order within the grace, and across kills', () => {
    const check = property(shapes, walks, integer({ min: 7, max: 90 }), ({ isDown, ...shape }, walk, killEvery) => {
      const spec: Partial<PolicySpec> = { ...shape, threshold: isDown ? downwards : upwards };
      const records = [storedPolicy('p', spec)];
      const log = windowLog(records, walk);
      const early = judge(records, log, 0);
      const closed = judge(records, log.filter(({ batch }) => !batch?.provisional), 0);
      told.early += early.filter(({ change, arrivalMs }) => change.type === 'alarm.opened' && arrivalMs < change.atMs).length;
      expect(settled(early)).toEqual(settled(closed));
      if (shape.aggregate !== 'LAST') expect(settled(early)).toEqual(settled(closedWindowsAlone(records, log)));
      expect(settled(judge(records, log, killEvery))).toEqual(settled(closed));
    });
    expect(() => assert(check, { numRuns: 60, examples })).not.toThrow();
    expect(told.early).toBeGreaterThan(5);
  });
});
