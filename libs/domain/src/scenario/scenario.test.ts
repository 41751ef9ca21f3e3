import * as fc from 'fast-check';
import { levels, scenarioSpecSchema, type ScenarioLimits } from '@opsloop/contracts';
import { decideLimits, type LimitRequest } from './decide-limits.js';
import { dueSteps } from './due-steps.js';

const order = { do: 'work-order', playbook: 'p', approval: 'none' } as const;
const spec = scenarioSpecSchema.parse({ levels: { warn: [order], critical: [order, { do: 'escalate', receivers: ['a'] }], down: [order] } });

describe('dueSteps', () => {
  it.each([
    ['alarm.opened', 'critical', undefined, ['critical.0', 'critical.1']],
    ['alarm.opened', 'info', undefined, []],
    ['alarm.level-changed', 'critical', 'warn', ['critical.0', 'critical.1']],
    ['alarm.level-changed', 'warn', 'critical', []],
    ['alarm.no-data', 'down', 'warn', ['down.0']],
    ['alarm.data-returned', 'warn', 'down', []],
    ['alarm.resolved', 'critical', undefined, []],
    ['alarm.flapping', 'critical', undefined, []],
  ] as const)('%s at %s from %s', (type, level, previousLevel, ids) => {
    expect(dueSteps(spec, { level, previousLevel }, type).map((one) => one.stepId)).toEqual(ids);
  });

  it('opens something only on the way up', () => {
    const opening = levels.flatMap((level) => levels.filter((previousLevel) => dueSteps(spec, { level, previousLevel }, 'alarm.level-changed').length > 0).map((previousLevel) => `${previousLevel} -> ${level}`));
    expect(opening).toEqual(['info -> warn', 'info -> critical', 'warn -> critical', 'info -> down', 'warn -> down', 'critical -> down']);
  });
});

const empty: ScenarioLimits = { id: 't/s', tenant: 't', granted: [], heldBack: [] };
const limit = { cooldown: '10m', maxRunsPerHour: 3 };
const ask = (workOrder: string, resource: string, nowMs: number, parts: Partial<LimitRequest> = {}): LimitRequest => ({ workOrder, resource, resourceName: resource, occurrence: workOrder, level: 'warn', playbook: 'restart', nowMs, ...parts });
const minute = 60_000;

describe('decideLimits', () => {
  it('holds back a second order for a resource within the cooldown, and says so', () => {
    const first = decideLimits(empty, limit, ask('w1', 'a', 0));
    expect(first.heldBack).toBeUndefined();
    const second = decideLimits(first.limits, limit, ask('w2', 'a', 4 * minute));
    expect(second.heldBack).toBe('it acted on a 4m ago, and its cooldown is 10m');
    expect(decideLimits(second.limits, limit, ask('w3', 'b', 4 * minute)).heldBack).toBeUndefined();
    expect(decideLimits(second.limits, limit, ask('w3', 'a', 10 * minute)).heldBack).toBeUndefined();
  });

  it('lets the stronger remedy of a higher level through, but not the same again', () => {
    const mild = decideLimits(empty, limit, ask('w1', 'a', 0, { occurrence: 'o', playbook: 'clean' })).limits;
    const strong = (parts: Partial<LimitRequest>) => decideLimits(mild, limit, ask('w2', 'a', minute, { occurrence: 'o', level: 'critical', playbook: 'restart', ...parts })).heldBack;
    expect(strong({})).toBeUndefined();
    expect(strong({ playbook: 'clean' })).toMatch(/cooldown is 10m/);
    expect(strong({ level: 'warn' })).toMatch(/cooldown is 10m/);
    expect(strong({ occurrence: 'another' })).toMatch(/cooldown is 10m/);
  });

  it('holds back what is more than maxRunsPerHour, over all resources', () => {
    let limits = empty;
    for (const [index, resource] of ['a', 'b', 'c'].entries()) limits = decideLimits(limits, limit, ask(`w${index}`, resource, index * minute)).limits;
    expect(decideLimits(limits, limit, ask('w4', 'd', 30 * minute)).heldBack).toBe('it opened 3 work orders within the last hour, and maxRunsPerHour is 3');
    expect(decideLimits(limits, limit, ask('w4', 'd', 60 * minute)).heldBack).toBeUndefined();
  });

  it('answers the same when it is asked again, granted or held back', () => {
    const granted = decideLimits(empty, limit, ask('w1', 'a', 0)).limits;
    expect(decideLimits(granted, limit, ask('w1', 'a', minute))).toEqual({ limits: granted, heldBack: undefined });
    const held = decideLimits(granted, limit, ask('w2', 'a', minute));
    expect(decideLimits(held.limits, limit, ask('w2', 'a', 59 * minute))).toEqual({ limits: held.limits, heldBack: held.heldBack });
  });

  it('never grants more than its limits, whatever is asked', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ resource: fc.constantFrom('a', 'b', 'c', 'd'), waitMs: fc.integer({ min: 0, max: 20 * minute }) }), { maxLength: 60 }), (asks) => {
        let limits = empty;
        let nowMs = 0;
        const granted: { resource: string; atMs: number }[] = [];
        for (const [index, { resource, waitMs }] of asks.entries()) {
          nowMs += waitMs;
          const decision = decideLimits(limits, limit, ask(`w${index}`, resource, nowMs));
          limits = decision.limits;
          if (decision.heldBack === undefined) granted.push({ resource, atMs: nowMs });
        }
        for (const one of granted) {
          expect(granted.filter((other) => other.atMs > one.atMs - 60 * minute && other.atMs <= one.atMs).length).toBeLessThanOrEqual(3);
          expect(granted.filter((other) => other !== one && other.resource === one.resource && Math.abs(other.atMs - one.atMs) < 10 * minute)).toEqual([]);
        }
        expect(limits.granted.length).toBeLessThanOrEqual(3);
      }),
    );
  });
});
