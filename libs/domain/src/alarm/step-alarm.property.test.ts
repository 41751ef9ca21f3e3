import { array, assert, boolean, constantFrom, oneof, property, record } from 'fast-check';
import type { Level } from '@opsloop/contracts';
import type { CompiledPolicy } from '../policy/compiled-policy.js';
import { normalAlarm, type AlarmChange, type AlarmState } from './alarm-state.js';
import { stepAlarm, stepSilence } from './step-alarm.js';

const minuteMs = 60_000;
const limits = [70, 80, 95] as const;
const names = ['info', 'warn', 'critical'] as const;

const shapes = record({
  defined: constantFrom([0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]),
  hold: constantFrom(0, 1, 2, 3),
  keepOpen: constantFrom(0, 1, 3),
  hasRecover: boolean(),
  noData: constantFrom('keep-last' as const, 'no-data' as const, 'ok' as const),
});
type Shape = Parameters<Parameters<typeof shapes.map>[0]>[0];
const minutes = array(oneof({ weight: 9, arbitrary: constantFrom(50, 66, 75, 85, 99) }, { weight: 1, arbitrary: constantFrom('gap' as const, 'silence' as const) }), { maxLength: 60 });

function policyOf({ defined, hold, keepOpen, hasRecover, noData }: Shape): CompiledPolicy {
  return {
    tenant: 'default', name: 'p', version: 1, kind: 'threshold', metric: 'm.x', unit: '', aggregate: 'AVG', windowMs: minuteMs, holdMs: hold * minuteMs, keepOpenMs: keepOpen * minuteMs, repeatMs: undefined,
    noData, noDataAfterMs: minuteMs, match: [], inputs: [], condition: undefined, isJoint: false, historyMs: 0, scenarios: [], receivers: [],
    thresholds: defined.map((rank) => ({ rank: rank as 0, level: names[rank]!, comparison: { operator: '>', value: limits[rank]! }, text: `> ${limits[rank]!}` })),
    recover: hasRecover ? { comparison: { operator: '<', value: 60 }, text: '< 60' } : undefined,
  };
}

function run(policy: CompiledPolicy, values: readonly (number | 'gap' | 'silence')[]): { minute: number; before: AlarmState; after: AlarmState; changes: readonly AlarmChange[]; value: number | 'silence' }[] {
  let state: AlarmState = normalAlarm;
  const steps: ReturnType<typeof run> = [];
  for (const [minute, value] of values.entries()) {
    if (value === 'gap') continue;
    const before = state;
    const step = value === 'silence' ? stepSilence(state, policy, { atMs: (minute + 1) * minuteMs, silentMs: minuteMs, lastEndMs: minute * minuteMs }) : stepAlarm(state, policy, { startMs: minute * minuteMs, endMs: (minute + 1) * minuteMs, value });
    state = step.state;
    steps.push({ minute, before, after: state, changes: step.changes, value });
  }
  return steps;
}

/** The windows right before and with `index` that reach at least `limit`, in minutes. */
function heldMinutes(steps: ReturnType<typeof run>, index: number, limit: number): number {
  let held = 0;
  for (let i = index; i >= 0; i--) {
    const { value } = steps[i]!;
    if (typeof value !== 'number' || value <= limit) break;
    held++;
  }
  return held;
}

describe('stepAlarm', () => {
  it('numbers every transition once, opens before it changes, and ends with what it says', () => {
    const check = property(shapes, minutes, (shape, values) => {
      let open: { level: Level; transitions: number; pendingSinceMs: number } | undefined;
      for (const { changes, after } of run(policyOf(shape), values)) {
        for (const change of changes) {
          const isFirst = open === undefined;
          expect(change.transition).toBe(isFirst ? 1 : open!.transitions + 1);
          expect(['alarm.opened', 'alarm.no-data'].includes(change.type) || !isFirst).toBe(true);
          if (!isFirst) expect(change.pendingSinceMs).toBe(open!.pendingSinceMs);
          if (change.type === 'alarm.level-changed') expect(change.level).not.toBe(open!.level);
          open = change.type === 'alarm.resolved' ? undefined : { level: change.level, transitions: change.transition, pendingSinceMs: change.pendingSinceMs };
        }
        expect(after.open?.level).toBe(open?.level);
        expect(after.open?.transitions).toBe(open?.transitions);
      }
    });
    expect(() => assert(check, { numRuns: 1_000 })).not.toThrow();
  });

  it('opens exactly when a level has held, at the severest that has', () => {
    // Silence under keep-last changes nothing, and so breaks no run of windows.
    const check = property(shapes.filter((shape) => shape.noData !== 'keep-last'), minutes, (shape, values) => {
      const steps = run(policyOf(shape), values);
      for (const [index, { before, changes }] of steps.entries()) {
        if (before.open !== undefined || steps[index]!.value === 'silence') continue;
        const held = shape.defined.filter((rank) => heldMinutes(steps, index, limits[rank]!) >= Math.max(1, shape.hold));
        const opened = changes.find((change) => change.type === 'alarm.opened');
        expect(opened?.level).toBe(held.length === 0 ? undefined : names[held.at(-1)!]);
      }
    });
    expect(() => assert(check, { numRuns: 1_000 })).not.toThrow();
  });

  it('resolves only after as many recovered windows as keepOpen asks for', () => {
    const check = property(shapes, minutes, (shape, values) => {
      const steps = run(policyOf(shape), values.filter((value) => value !== 'silence'));
      const good = shape.hasRecover ? 60 : limits[shape.defined[0]!]! + 1;
      for (const [index, { changes }] of steps.entries()) {
        if (!changes.some((change) => change.type === 'alarm.resolved')) continue;
        const last = steps.slice(Math.max(0, index + 1 - Math.max(1, shape.keepOpen)), index + 1);
        expect(last.every(({ value }) => typeof value === 'number' && value < good)).toBe(true);
      }
    });
    expect(() => assert(check, { numRuns: 1_000 })).not.toThrow();
  });

  it('goes on from a stored state as if it had never been stored', () => {
    const check = property(shapes, minutes, (shape, values) => {
      const policy = policyOf(shape);
      for (const { minute, before, value, changes, after } of run(policy, values)) {
        if (typeof value !== 'number') continue;
        const step = stepAlarm(JSON.parse(JSON.stringify(before)) as AlarmState, policy, { startMs: minute * minuteMs, endMs: (minute + 1) * minuteMs, value });
        expect(step.changes).toEqual(changes);
        expect(JSON.parse(JSON.stringify(step.state))).toEqual(JSON.parse(JSON.stringify(after)));
      }
    });
    expect(() => assert(check, { numRuns: 500 })).not.toThrow();
  });
});
