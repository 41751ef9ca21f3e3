/** Which series of a dictionary which policy watches, worked out once per dictionary. */
import type { Labels, SeriesDictionary } from '@opsloop/contracts';
import type { CompiledPolicy } from './compiled-policy.js';
import { labelsKey } from './labels-key.js';
import { matchLabels, type TargetMatch } from './match-target.js';
import type { PolicyEra } from './policy-set.js';
import type { SeriesWatch } from './series-watch.js';

export interface PlannedSeries {
  readonly slot: number;
  readonly labels: Labels;
  /** Index into the bound watches of a source. */
  readonly index: number;
}

/** Series of one policy whose target leaves the same rules for the resource. */
export interface PlannedPolicy {
  readonly policy: CompiledPolicy;
  readonly rules: TargetMatch;
  readonly series: readonly PlannedSeries[];
}

export interface WatchPlan {
  readonly policies: readonly PlannedPolicy[];
  readonly size: number;
}

/** Goes with the era that it was made for. */
export type PlanCache = WeakMap<PolicyEra, WeakMap<SeriesDictionary, WatchPlan>>;

/** Dictionaries that nobody watches share one plan, so a resource without policies costs one look-up. */
const emptyPlan: WatchPlan = { policies: [], size: 0 };

export function planOf(cache: PlanCache, era: PolicyEra, dictionary: SeriesDictionary): WatchPlan {
  if (era.byMetric.size === 0) return emptyPlan;
  let plans = cache.get(era);
  if (!plans) cache.set(era, (plans = new WeakMap()));
  let plan = plans.get(dictionary);
  if (!plan) plans.set(dictionary, (plan = makePlan(era, dictionary)));
  return plan;
}

function makePlan(era: PolicyEra, dictionary: SeriesDictionary): WatchPlan {
  const watched = dictionary.metrics.map((metric) => era.byMetric.get(metric));
  if (watched.every((policies) => policies === undefined)) return emptyPlan;
  const groups = new Map<string, { policy: CompiledPolicy; rules: TargetMatch; series: PlannedSeries[] }>();
  let size = 0;
  for (let slot = 0; slot < dictionary.size; slot++) {
    const policies = watched[dictionary.metricOf[slot]!];
    if (!policies) continue;
    const labels = dictionary.labelSets[dictionary.labelsOf[slot]!]!;
    for (const policy of policies) {
      const rules = matchLabels(policy, labels);
      if (!rules) continue;
      const key = JSON.stringify([policy.name, rules.map(([name]) => name)]);
      const group = groups.get(key) ?? { policy, rules, series: [] };
      groups.set(key, group);
      group.series.push({ slot, labels, index: size++ });
    }
  }
  return size === 0 ? emptyPlan : { policies: [...groups.values()], size };
}

/** The watch of each planned series that there is one of already. */
export function bindPlan(plan: WatchPlan, watches: readonly SeriesWatch[]): (SeriesWatch | undefined)[] {
  const known = new Map(watches.map((watch) => [watchKey(watch.shape.name, watch.shape.metric, watch.labels), watch]));
  const bound = Array.from<undefined, SeriesWatch | undefined>({ length: plan.size }, () => undefined);
  for (const { policy, series } of plan.policies) for (const { index, labels } of series) bound[index] = known.get(watchKey(policy.name, policy.metric, labels));
  return bound;
}

function watchKey(policy: string, metric: string, labels: Labels): string {
  return `${policy}\n${metric}\n${labelsKey(labels)}`;
}
