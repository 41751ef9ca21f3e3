/** Which series of a dictionary which policy watches, worked out once per dictionary. */
import type { Labels, SeriesDictionary } from '@opsloop/contracts';
import type { CompiledInput, CompiledPolicy } from '../compiled-policy.js';
import { labelsKey } from '../labels-key.js';
import { matchLabels, type TargetMatch } from '../match-target.js';
import type { PolicyEra } from '../policy-set.js';
import type { SeriesWatch, WatchShape } from './series-watch.js';

export interface PlannedSeries {
  readonly slot: number;
  readonly labels: Labels;
  readonly input: CompiledInput;
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

/** Plans by era: for each dictionary that was seen, and by what is watched, so that hosts of one make share one plan. */
export type PlanCache = WeakMap<PolicyEra, { readonly byDictionary: WeakMap<SeriesDictionary, WatchPlan>; readonly byContent: Map<string, WatchPlan> }>;

/** Beyond it plans are no longer shared; those in use go on. */
const maxSharedPlans = 10_000;
/** Dictionaries that nobody watches share one plan, so a resource without policies costs one look-up. */
const emptyPlan: WatchPlan = { policies: [], size: 0 };

export function planOf(cache: PlanCache, era: PolicyEra, dictionary: SeriesDictionary): WatchPlan {
  if (era.byMetric.size === 0) return emptyPlan;
  let plans = cache.get(era);
  if (!plans) cache.set(era, (plans = { byDictionary: new WeakMap(), byContent: new Map() }));
  let plan = plans.byDictionary.get(dictionary);
  if (!plan) plans.byDictionary.set(dictionary, (plan = sharedPlan(plans.byContent, era, dictionary)));
  return plan;
}

function sharedPlan(byContent: Map<string, WatchPlan>, era: PolicyEra, dictionary: SeriesDictionary): WatchPlan {
  const slots = watchedSlots(era, dictionary);
  if (slots.length === 0) return emptyPlan;
  const content = JSON.stringify(slots.map((slot) => [slot, metricOf(dictionary, slot), labelsKey(labelsOf(dictionary, slot))]));
  const known = byContent.get(content);
  if (known) return known;
  if (byContent.size >= maxSharedPlans) byContent.clear();
  const plan = makePlan(era, dictionary, slots);
  byContent.set(content, plan);
  return plan;
}

function watchedSlots(era: PolicyEra, { size, metrics, metricOf: metricIndex }: SeriesDictionary): number[] {
  const isWatched = metrics.map((metric) => era.byMetric.has(metric));
  if (!isWatched.includes(true)) return [];
  const slots: number[] = [];
  for (let slot = 0; slot < size; slot++) if (isWatched[metricIndex[slot]!]) slots.push(slot);
  return slots;
}

function makePlan(era: PolicyEra, dictionary: SeriesDictionary, slots: readonly number[]): WatchPlan {
  const groups = new Map<string, { policy: CompiledPolicy; rules: TargetMatch; series: PlannedSeries[] }>();
  let size = 0;
  for (const slot of slots) {
    const labels = labelsOf(dictionary, slot);
    for (const { policy, input } of era.byMetric.get(metricOf(dictionary, slot)) ?? []) {
      const rules = matchLabels(policy, labels, input);
      if (!rules) continue;
      const key = JSON.stringify([policy.name, rules.map(([name]) => name)]);
      const group = groups.get(key) ?? { policy, rules, series: [] };
      groups.set(key, group);
      group.series.push({ slot, labels, input, index: size++ });
    }
  }
  return size === 0 ? emptyPlan : { policies: [...groups.values()], size };
}

function metricOf(dictionary: SeriesDictionary, slot: number): string {
  return dictionary.metrics[dictionary.metricOf[slot]!]!;
}

function labelsOf(dictionary: SeriesDictionary, slot: number): Labels {
  return dictionary.labelSets[dictionary.labelsOf[slot]!]!;
}

/** The watch of each planned series that there is one of already. */
export function bindPlan(plan: WatchPlan, watches: readonly SeriesWatch[]): (SeriesWatch | undefined)[] {
  const known = new Map(watches.map((watch) => [watchKey(watch.shape, watch.labels), watch]));
  const bound = Array.from<undefined, SeriesWatch | undefined>({ length: plan.size }, () => undefined);
  for (const { series } of plan.policies) for (const { index, labels, input } of series) bound[index] = known.get(watchKey(input, labels));
  return bound;
}

function watchKey({ name, metric, input }: WatchShape, labels: Labels): string {
  return `${name}\n${metric}\n${input}\n${labelsKey(labels)}`;
}
