import type { PolicySpec } from '@opsloop/contracts';
import { createJudgement } from '../policy/judge/judge-context.js';
import { createPolicySet } from '../policy/policy-set.js';
import { storedPolicy } from '../policy/judge/window-fixture.js';
import { createGroupState, decodeGroupState, encodeGroupState } from './group-state.js';
import { moveProgress, takeReport } from './step-group.js';

const minuteMs = 60_000;
const dayMs = 86_400_000;
const waitMs = 31_000;
const arrivalLagMs = 2_000;

function loop(spec: Partial<PolicySpec> = {}) {
  let state = createGroupState(1);
  const policies = createPolicySet([storedPolicy('p', { kind: 'group', group: { where: '> 90', measure: 'share', by: [], atLeast: 3 }, threshold: { warn: '> 30' }, ...spec })]);
  const out = createJudgement();
  const context = () => ({ state, policies, out, waitMs });
  moveProgress(context(), 0, 0);
  return {
    /** `counts` undefined: the resource is gone. */
    report(resource: string, counts: boolean | undefined, minute: number): void {
      takeReport(context(), { tenant: 'default', policy: 'p', group: {}, resource, resourceName: resource, counts, endMs: minute * minuteMs, arrivalMs: minute * minuteMs + arrivalLagMs });
    },
    /** Windows that end by then are judged. */
    judge(toMs: number): void {
      for (let atMs = state.progressMs[0]! + minuteMs; atMs <= toMs + waitMs + 1; atMs += minuteMs) moveProgress(context(), 0, atMs);
      moveProgress(context(), 0, toMs + waitMs + 1);
    },
    restore: () => void (state = decodeGroupState([...encodeGroupState(state)])),
    log: () => out.decisions.splice(0).map(({ change }) => `${change.atMs / minuteMs} ${change.type.slice(6)} ${change.level}: ${change.reason}`),
  };
}

describe('the share of a group that is too small', () => {
  it('opens nothing', () => {
    const group = loop();
    for (const host of ['a', 'b']) group.report(host, true, 1);
    group.judge(dayMs);
    expect(group.log()).toEqual([]);
  });

  it('leaves an open alarm as it is for a week, then ends it, and judges again when the group has grown', () => {
    const group = loop();
    for (const host of ['a', 'b', 'c']) group.report(host, true, 1);
    group.judge(10 * minuteMs);
    expect(group.log()).toEqual(['1 opened warn: 3 of 3 resources, 100 percent (a, b, c), warn is > 30']);
    group.report('c', undefined, 11);
    group.judge(6 * dayMs);
    group.restore();
    expect(group.log()).toEqual([]);
    group.judge(8 * dayMs);
    expect(group.log()).toEqual([`${10 + (7 * dayMs) / minuteMs} resolved warn: the group has had fewer than 3 resources for 1w: its share is not judged`]);
    group.report('c', true, (9 * dayMs) / minuteMs);
    group.judge(9 * dayMs);
    expect(group.log()).toEqual([expect.stringMatching(/^12960 opened warn: 3 of 3 resources/)]);
  });

  it('ends an open alarm after noDataAfter where the policy takes missing data as ok', () => {
    const group = loop({ noData: 'ok', noDataAfter: '5m' });
    for (const host of ['a', 'b', 'c']) group.report(host, true, 1);
    group.judge(10 * minuteMs);
    group.log();
    group.report('c', undefined, 11);
    group.judge(20 * minuteMs);
    expect(group.log()).toEqual(['15 resolved warn: the group has had fewer than 3 resources for 5m: its share is not judged']);
  });

  it('is waited for no longer than it is small', () => {
    const group = loop({ noData: 'ok', noDataAfter: '5m' });
    for (const host of ['a', 'b', 'c']) group.report(host, true, 1);
    group.judge(10 * minuteMs);
    group.log();
    group.report('c', undefined, 11);
    group.report('c', true, 14);
    group.report('c', undefined, 17);
    group.judge(20 * minuteMs);
    expect(group.log()).toEqual([]);
  });
});
