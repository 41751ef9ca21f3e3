import type { PolicySpec } from '@opsloop/contracts';
import { parseDefinitions } from '../definition/parse-definitions.js';
import { compilePolicy, type CompiledPolicy } from '../policy/compiled-policy.js';
import { normalAlarm, type AlarmChange, type AlarmState } from './alarm-state.js';
import { endAlarm, stepAlarm, stepSilence } from './step-alarm.js';

const minuteMs = 60_000;

function policy(spec: Partial<PolicySpec>): CompiledPolicy {
  const text = JSON.stringify({ apiVersion: 'opsloop/v1', kind: 'Policy', metadata: { name: 'p' }, spec: { metric: 'app.load', threshold: { info: '> 70', warn: '> 80', critical: '> 95', recover: '< 65' }, ...spec } });
  const { definitions, errors } = parseDefinitions(text, { baseWindowMs: 10_000 });
  const [only] = definitions;
  if (only?.definition.kind !== 'Policy') throw new Error(JSON.stringify(errors));
  return compilePolicy(only.definition, { tenant: 'default', version: 1 });
}

/** Feeds one value a minute; undefined is a minute without data. Answers what happened, as `minute what level`. */
function run(compiled: CompiledPolicy, values: readonly (number | undefined)[], from: AlarmState = normalAlarm): { log: string[]; state: AlarmState; changes: AlarmChange[] } {
  let state = from;
  const changes: AlarmChange[] = [];
  for (const [minute, value] of values.entries()) {
    if (value === undefined) continue;
    const step = stepAlarm(state, compiled, { startMs: minute * minuteMs, endMs: (minute + 1) * minuteMs, value });
    state = step.state;
    changes.push(...step.changes);
  }
  return { state, changes, log: changes.map((change) => `${change.atMs / minuteMs} ${change.type.slice('alarm.'.length)} ${change.level}`) };
}

describe('stepAlarm', () => {
  it('opens at the close of the window that completes the hold, at the level that has held', () => {
    expect(run(policy({ hold: '2m' }), [50, 90, 90, 90]).log).toEqual(['3 opened warn']);
    expect(run(policy({ hold: '0s' }), [50, 90]).log).toEqual(['2 opened warn']);
    expect(run(policy({ hold: '90s' }), [90, 90]).log).toEqual(['2 opened warn']);
  });

  it('says how long the condition held only where a hold is asked for', () => {
    expect(run(policy({ hold: '2m' }), [90, 90]).changes[0]!.reason).toBe('AVG of app.load was 90, warn is > 80, held for 2m');
    expect(run(policy({}), [90]).changes[0]!.reason).toBe('AVG of app.load was 90, warn is > 80');
  });

  it('begins anew when the condition does not hold for one window', () => {
    expect(run(policy({ hold: '2m' }), [90, 50, 90, 50, 90]).log).toEqual([]);
    const { changes } = run(policy({ hold: '2m' }), [90, 50, 90, 90]);
    expect(changes).toEqual([expect.objectContaining({ pendingSinceMs: 2 * minuteMs, atMs: 4 * minuteMs, transition: 1, value: 90, threshold: '> 80' })]);
  });

  it('holds each level for itself', () => {
    expect(run(policy({ hold: '2m' }), [75, 97, 97]).log).toEqual(['2 opened info', '3 level-changed critical']);
    expect(run(policy({ hold: '3m' }), [75, 97, 85, 97, 97, 97]).log).toEqual(['3 opened info', '4 level-changed warn', '6 level-changed critical']);
  });

  it('moves down at once and up after the hold', () => {
    expect(run(policy({ hold: '2m' }), [97, 97, 85, 97, 97]).log).toEqual(['2 opened critical', '3 level-changed warn', '5 level-changed critical']);
  });

  it('stays open at the mildest level between that level and recover', () => {
    expect(run(policy({}), [97, 68, 66, 64]).log).toEqual(['1 opened critical', '2 level-changed info', '4 resolved info']);
    expect(run(policy({ threshold: { warn: '> 80', critical: '> 95', recover: '< 65' } }), [97, 70, 60]).log).toEqual(['1 opened critical', '2 level-changed warn', '3 resolved warn']);
  });

  it('says what recovery asks for while no level is met, and only then', () => {
    const { changes } = run(policy({ threshold: { warn: '> 80', critical: '> 95', recover: '< 65' } }), [97, 85, 97, 70, 60]);
    expect(changes.map(({ level, recover }) => [level, recover])).toEqual([['critical', undefined], ['warn', undefined], ['critical', undefined], ['warn', '< 65'], ['warn', undefined]]);
  });

  it('recovers without a recover threshold when no level matches', () => {
    expect(run(policy({ threshold: { warn: '> 80' } }), [90, 80]).log).toEqual(['1 opened warn', '2 resolved warn']);
  });

  it('keeps open for as long as keepOpen asks, counted from the first recovered window', () => {
    const kept = policy({ keepOpen: '3m' });
    expect(run(kept, [97, 50, 50, 50]).log).toEqual(['1 opened critical', '4 resolved critical']);
    // One window that has not recovered starts the count anew, and a severe one changes no level.
    expect(run(kept, [97, 50, 50, 97, 50, 50, 50]).log).toEqual(['1 opened critical', '7 resolved critical']);
    expect(run(kept, [97, 50, 50, 67, 50, 50, 50]).log).toEqual(['1 opened critical', '4 level-changed info', '7 resolved info']);
  });

  it('takes time without windows as no evidence, neither for nor against', () => {
    expect(run(policy({ hold: '3m' }), [90, undefined, undefined, undefined, 90]).log).toEqual([]);
    expect(run(policy({ hold: '3m' }), [90, undefined, 90, 90]).log).toEqual(['4 opened warn']);
    expect(run(policy({ keepOpen: '2m' }), [90, 50, undefined, undefined, undefined]).log).toEqual(['1 opened warn']);
    expect(run(policy({ keepOpen: '2m' }), [90, 50, undefined, 50]).log).toEqual(['1 opened warn', '4 resolved warn']);
  });

  it('keeps the time already held when its state is stored and read', () => {
    const compiled = policy({ hold: '2m' });
    const before = run(compiled, [50, 90]);
    const restored = JSON.parse(JSON.stringify(before.state)) as AlarmState;
    const step = stepAlarm(restored, compiled, { startMs: 2 * minuteMs, endMs: 3 * minuteMs, value: 90 });
    expect(step.changes).toEqual([expect.objectContaining({ type: 'alarm.opened', pendingSinceMs: minuteMs, atMs: 3 * minuteMs })]);
  });

  it('numbers transitions within the occurrence, and gives the next occurrence another beginning', () => {
    const { changes } = run(policy({}), [90, 97, 50, 50, 90]);
    expect(changes.map(({ transition, pendingSinceMs }) => [transition, pendingSinceMs / minuteMs])).toEqual([[1, 0], [2, 0], [3, 0], [1, 4]]);
  });

  it('works downwards and on single states', () => {
    expect(run(policy({ threshold: { warn: '< 10', critical: '< 5', recover: '> 12' } }), [8, 4, 11, 13]).log).toEqual(['1 opened warn', '2 level-changed critical', '3 level-changed warn', '4 resolved warn']);
    expect(run(policy({ threshold: { warn: '== 2', critical: '== 3' } }), [0, 2, 3, 0]).log).toEqual(['2 opened warn', '3 level-changed critical', '4 resolved critical']);
  });

  it('judges an open alarm by the thresholds of a newer version', () => {
    const opened = run(policy({}), [90]).state;
    const stricter = stepAlarm(opened, policy({ threshold: { critical: '> 85' } }), { startMs: minuteMs, endMs: 2 * minuteMs, value: 90 });
    expect(stricter.changes).toEqual([expect.objectContaining({ type: 'alarm.level-changed', level: 'critical', previousLevel: 'warn' })]);
    const laxer = stepAlarm(opened, policy({ threshold: { critical: '> 95' } }), { startMs: minuteMs, endMs: 2 * minuteMs, value: 90 });
    expect(laxer.changes).toEqual([expect.objectContaining({ type: 'alarm.resolved', transition: 2 })]);
  });

  it('marks an alarm as flapping once, at the sixth change', () => {
    const values = Array.from({ length: 12 }, (_, minute) => (minute % 2 === 0 ? 97 : 50));
    const { log } = run(policy({}), values);
    expect(log.filter((line) => line.includes('flapping'))).toEqual(['7 flapping critical', '9 flapping critical', '11 flapping critical']);
    const open = run(policy({}), [97, 68, 97, 68, 97, 68, 97, 68]);
    expect(open.log.filter((line) => line.includes('flapping'))).toEqual(['6 flapping info']);
    expect(open.changes.map((change) => change.transition)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('does not call slow changes flapping, and forgets them', () => {
    const slow = Array.from({ length: 200 }, (_, minute) => (minute % 30 === 0 ? 97 : 50));
    const { log, state } = run(policy({}), slow);
    expect(log.filter((line) => line.includes('flapping'))).toEqual([]);
    expect(run(policy({}), [97, ...Array.from({ length: 30 }, () => 50)]).state).toBe(normalAlarm);
    expect(state.open).toBeUndefined();
  });
});

describe('stepSilence', () => {
  const silence = { atMs: 10 * minuteMs, silentMs: 3 * minuteMs, lastEndMs: 7 * minuteMs };
  const after = { startMs: 20 * minuteMs, endMs: 21 * minuteMs };

  it('opens an alarm of its own for missing data, and ends it when they return', () => {
    const compiled = policy({ noData: 'no-data' });
    const missing = stepSilence(normalAlarm, compiled, silence);
    expect(missing.changes).toEqual([expect.objectContaining({ type: 'alarm.no-data', transition: 1, level: 'down', value: null, cause: 'missing', pendingSinceMs: silence.lastEndMs, atMs: silence.atMs, reason: 'nothing has arrived for 3m' })]);
    const healthy = stepAlarm(missing.state, compiled, { ...after, value: 50 });
    expect(healthy.changes).toEqual([expect.objectContaining({ type: 'alarm.resolved', transition: 2, level: 'down', reason: 'data have returned' })]);
    const ill = stepAlarm(missing.state, compiled, { ...after, value: 90 });
    expect(ill.changes.map(({ type, transition, cause }) => [type, transition, cause])).toEqual([['alarm.resolved', 2, 'missing'], ['alarm.opened', 1, 'threshold']]);
  });

  it('raises an open alarm to down, and returns to where it was', () => {
    const compiled = policy({ noData: 'no-data', keepOpen: '2m' });
    const open = run(compiled, [90]).state;
    const missing = stepSilence(open, compiled, silence);
    expect(missing.changes).toEqual([expect.objectContaining({ type: 'alarm.no-data', transition: 2, level: 'down', previousLevel: 'warn', pendingSinceMs: 0 })]);
    const returned = stepAlarm(missing.state, compiled, { ...after, value: 97 });
    expect(returned.changes.map(({ type, transition, level }) => [type, transition, level])).toEqual([['alarm.data-returned', 3, 'warn'], ['alarm.level-changed', 4, 'critical']]);
  });

  it('does nothing for keep-last, ends the alarm for ok, and drops what was pending', () => {
    const open = run(policy({}), [90]).state;
    expect(stepSilence(open, policy({}), silence)).toEqual({ state: open, changes: [] });
    expect(stepSilence(open, policy({ noData: 'ok' }), silence).changes).toEqual([expect.objectContaining({ type: 'alarm.resolved', reason: expect.stringContaining('takes that as ok') })]);
    const pending = run(policy({ hold: '2m' }), [90]).state;
    const ok = policy({ hold: '2m', noData: 'ok' });
    expect(stepAlarm(stepSilence(pending, ok, silence).state, ok, { ...after, value: 90 }).changes).toEqual([]);
  });

  it.each(['no-data', 'ok', 'keep-last'] as const)('says %s once, and forgets no change of state', (noData) => {
    const compiled = policy({ noData });
    for (const before of [normalAlarm, run(policy({}), [90]).state]) {
      const once = stepSilence(before, compiled, silence);
      expect(stepSilence(once.state, compiled, silence)).toEqual({ state: once.state, changes: [] });
    }
  });

  it('takes missing data back when another version keeps the last level, and tells them again when one asks for it', () => {
    const [told, kept] = [policy({ noData: 'no-data' }), policy({ noData: 'keep-last' })];
    const only = stepSilence(stepSilence(normalAlarm, told, silence).state, kept, silence);
    expect(only.changes).toEqual([expect.objectContaining({ type: 'alarm.resolved', transition: 2, reason: 'the policy does not tell of missing data any more' })]);
    const missing = stepSilence(run(told, [90]).state, told, silence).state;
    const back = stepSilence(missing, kept, silence);
    expect(back.changes).toEqual([expect.objectContaining({ type: 'alarm.level-changed', transition: 3, level: 'warn', previousLevel: 'down', value: null })]);
    expect(stepSilence(back.state, told, silence).changes).toEqual([expect.objectContaining({ type: 'alarm.no-data', transition: 4, level: 'down', previousLevel: 'warn' })]);
    expect(stepAlarm(back.state, kept, { ...after, value: 90 }).changes).toEqual([expect.objectContaining({ type: 'alarm.data-returned', transition: 4, level: 'warn' })]);
  });
});

describe('endAlarm', () => {
  it('resolves what is open with the reason, and forgets what was pending', () => {
    const compiled = policy({});
    expect(endAlarm(run(compiled, [90]).state, compiled, 'the policy was removed', 9).changes).toEqual([expect.objectContaining({ type: 'alarm.resolved', transition: 2, level: 'warn', value: null, reason: 'the policy was removed', atMs: 9 })]);
    expect(endAlarm(normalAlarm, compiled, 'x', 9).changes).toEqual([]);
  });
});
