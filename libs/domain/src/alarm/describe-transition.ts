import type { AlarmEvent, AlarmTransition, Attributes, Labels, Resource } from '@opsloop/contracts';
import { identityOf } from '../notice/identity-of.js';
import type { CompiledPolicy } from '../policy/compiled-policy.js';
import { labelsKey } from '../policy/labels-key.js';
import type { AlarmChange } from './alarm-state.js';

/** A change of an alarm with everything that readers of alarms.v1 need to know of it. */
export interface AlarmDecision {
  readonly change: AlarmChange;
  readonly policy: CompiledPolicy;
  readonly resource: Resource;
  readonly attributes: Attributes;
  readonly labels: Labels;
  /** The window that decided; for missing data the last one that was seen. Event time, ms. */
  readonly windowStartMs: number;
  readonly windowEndMs: number;
  /** Event time of the last sample of that window, ms. */
  readonly sampleMs: number;
  /** Arrival clock when it was decided, ms. */
  readonly arrivalMs: number;
}

/**
 * Identity of one occurrence of an alarm, the same on every instance and in every replay. An alarm of missing data can begin
 * at the very time at which the windows that follow begin to match, so its cause is a part of it.
 */
export function occurrenceOf({ policy, resource, labels, change }: Pick<AlarmDecision, 'policy' | 'resource' | 'labels' | 'change'>): string {
  return identityOf(policy.tenant, 'alarm', policy.name, resource.id, labelsKey(labels), change.pendingSinceMs, change.cause);
}

/** The event as it goes on the bus. `judgedMs`: wall clock; the only field that differs when the same log is judged again. */
export function describeTransition(decision: AlarmDecision, judgedMs: number): AlarmEvent {
  const { change, policy, resource, attributes, labels } = decision;
  const occurrence = occurrenceOf(decision);
  const data: AlarmTransition = {
    tenant: policy.tenant,
    occurrence,
    transition: change.transition,
    policy: policy.name,
    policyVersion: policy.version,
    resource,
    resourceName: attributes['host'] ?? resource.uid,
    attributes: { ...attributes },
    labels: { ...labels },
    metric: policy.metric,
    unit: policy.unit,
    aggregate: policy.aggregate,
    level: change.level,
    ...(change.previousLevel !== undefined && { previousLevel: change.previousLevel }),
    value: change.value,
    ...(change.threshold !== undefined && { threshold: change.threshold }),
    ...(change.recover !== undefined && { recover: change.recover }),
    reason: change.reason,
    windowStartMs: decision.windowStartMs,
    windowEndMs: decision.windowEndMs,
    pendingSinceMs: change.pendingSinceMs,
    atMs: change.atMs,
    scenarios: [...policy.scenarios],
    receivers: [...policy.receivers],
    ...(policy.repeatMs !== undefined && { repeatMs: policy.repeatMs }),
    ...(change.forecast && { forecast: change.forecast }),
    trace: { sampleMs: decision.sampleMs, arrivalMs: decision.arrivalMs, judgedMs },
  };
  return {
    specversion: '1.0',
    id: `${occurrence}#${change.transition}`,
    source: '/opsloop/trigger',
    type: change.type,
    subject: occurrence,
    time: new Date(change.atMs).toISOString(),
    datacontenttype: 'application/json',
    data,
  };
}
