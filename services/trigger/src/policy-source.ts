/** The policies of every tenant, as the trigger judges by them. */
import { createPolicySet, type PolicySet } from '@opsloop/domain';
import { followDefinitions, type Part, type ServiceContext } from '@opsloop/runtime';

export interface PolicySource extends Part {
  current(): PolicySet;
  refresh(): Promise<void>;
}

/** Windows must not pass unjudged, so nothing starts before the policies are known. */
export function createPolicySource(context: ServiceContext): PolicySource {
  const { logger, ownMetrics } = context;
  const inForce = ownMetrics.gauge('trigger_policies', 'Policies that are not deleted');
  let set = createPolicySet([]);
  const followed = followDefinitions(context, {
    kind: 'Policy',
    what: 'policies',
    waits: true,
    onChange(records) {
      set = createPolicySet(records);
      inForce.set(records.filter((record) => !record.deleted).length);
      for (const problem of set.problems) logger.error({ problem }, 'a stored policy cannot be read and judges nothing: apply it again');
    },
  });
  return { ...followed, current: () => set };
}
