import type { Attributes, Labels, Resource, WindowBatch } from '@opsloop/contracts';
import type { CompiledPolicy } from '../compiled-policy.js';
import { matchLabels, matchResource } from '../match-target.js';
import type { PolicyEra } from '../policy-set.js';
import type { WatchShape } from '../watch/series-watch.js';
import type { PlannedPolicy } from '../watch/watch-plan.js';

export interface WatchedSeries {
  readonly shape: Pick<WatchShape, 'metric' | 'input'>;
  readonly labels: Labels;
  readonly resource: Resource;
  readonly attributes: Attributes;
}

/** Whether a version of a policy watches a series. */
export function watchesSeries(policy: CompiledPolicy, { shape, labels, resource, attributes }: WatchedSeries): boolean {
  const input = policy.inputs[shape.input];
  if (input?.metric !== shape.metric) return false;
  const rules = matchLabels(policy, labels, input);
  return rules !== undefined && matchResource(rules, resource, attributes);
}

/**
 * What is left of a plan of a window's own time. A policy that was deleted watches nothing any more, nor does one what its
 * newest version leaves out, not even windows of the time before: their watch has been ended, and nobody would end it again.
 */
export function stillWatched(planned: readonly PlannedPolicy[], alive: PolicyEra, { resource, attributes }: WindowBatch): readonly PlannedPolicy[] {
  return planned.flatMap((one) => {
    const now = alive.byName.get(one.policy.name);
    if (!now || now.isJoint !== one.policy.isJoint) return [];
    const series = one.series.filter(({ input, labels }) => watchesSeries(now, { shape: input, labels, resource, attributes }));
    return series.length === 0 ? [] : [{ ...one, series }];
  });
}
