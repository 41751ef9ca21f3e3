import { findMetric, type Policy } from '@opsloop/contracts';
import { conditionKinds } from '../condition/condition-kinds.js';

/** A key of the target that is a label of one metric of the policy and not of another. */
export interface PartialLabel {
  readonly key: string;
  readonly labelled: string;
  readonly unlabelled: string;
}

/** Every input must meet the whole target: where one has no such label, its resource must have an attribute of that name. `policy` has passed checkPolicy. */
export function partialLabels(policy: Policy): PartialLabel[] {
  const inputs = conditionKinds[policy.spec.kind]?.compile(policy).inputs ?? [];
  const metrics = inputs.flatMap(({ metric }) => findMetric(metric) ?? []);
  return Object.keys(policy.spec.target.match ?? {}).flatMap((key) => {
    const labelled = metrics.find(({ dimensions }) => dimensions.includes(key));
    const unlabelled = metrics.find(({ dimensions }) => !dimensions.includes(key));
    return labelled && unlabelled ? [{ key, labelled: labelled.name, unlabelled: unlabelled.name }] : [];
  });
}
