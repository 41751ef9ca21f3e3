/** Which samples the policies wait for before their window ends: what the aggregator must know of them. */
import type { Attributes, Resource } from '@opsloop/contracts';
import type { EarlyLimit, EarlyWatch, SlotLimits } from '../../window/early-watch.js';
import { earlyDirection, type EarlyDirection } from './early-direction.js';
import { matchResource } from '../match-target.js';
import type { PolicySet } from '../policy-set.js';
import { planOf, type PlanCache, type PlannedPolicy, type WatchPlan } from '../watch/watch-plan.js';

/** Of the newest version of each policy: a window is judged by the version in force at its end, whatever was told of it early. */
export function earlyLimitsOf(policies: PolicySet): EarlyWatch {
  const plans: PlanCache = new WeakMap();
  const byPlan = new WeakMap<WatchPlan, Map<string, readonly SlotLimits[]>>();
  return {
    limitsOf(resource, attributes, dictionary) {
      const plan = planOf(plans, policies.eraAt(resource.tenant, Infinity), dictionary);
      const awaited = plan.policies.filter(({ policy }) => earlyDirection(policy));
      if (awaited.length === 0) return undefined;
      const matching = awaited.map((one) => isMatch(one, resource, attributes));
      const key = matching.map(Number).join('');
      let lists = byPlan.get(plan);
      if (!lists) byPlan.set(plan, (lists = new Map()));
      let limits = lists.get(key);
      if (!limits) lists.set(key, (limits = slotLimits(awaited.filter((_, index) => matching[index]))));
      return limits.length > 0 ? limits : undefined;
    },
  };
}

function isMatch({ rules }: PlannedPolicy, resource: Resource, attributes: Attributes): boolean {
  return matchResource(rules, resource, attributes);
}

function slotLimits(planned: readonly PlannedPolicy[]): SlotLimits[] {
  const bySlot = new Map<number, { up: EarlyLimit[]; down: EarlyLimit[] }>();
  for (const { policy, series } of planned) {
    const limits = policy.thresholds.map(({ comparison }): EarlyLimit => ({ value: comparison!.value, orEqual: comparison!.operator.endsWith('=') }));
    for (const { slot } of series) {
      const known = bySlot.get(slot) ?? { up: [], down: [] };
      bySlot.set(slot, known);
      known[earlyDirection(policy)!].push(...limits);
    }
  }
  return [...bySlot].toSorted(([a], [b]) => a - b).map(([slot, { up, down }]) => ({ slot, upwards: inOrder(up, 'up'), downwards: inOrder(down, 'down') }));
}

/** Each once, the one that is reached first in front. */
function inOrder(limits: readonly EarlyLimit[], direction: EarlyDirection): EarlyLimit[] {
  const unique = [...new Map(limits.map((limit) => [`${limit.value} ${limit.orEqual}`, limit])).values()];
  const sign = direction === 'up' ? 1 : -1;
  return unique.toSorted((a, b) => sign * (a.value - b.value) || Number(b.orEqual) - Number(a.orEqual));
}
