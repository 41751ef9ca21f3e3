import { collections, type Alarm, type Labels, type Run, type WorkOrder } from '@opsloop/contracts';
import { creditRepair, judgeTarget, measuredFromMs, type BaseSeries, type CompiledPolicy, type Peer, type TargetVerification } from '@opsloop/domain';
import type { ServiceContext } from '@opsloop/runtime';
import { createActingDefinitions } from './acting-definitions.js';
import { untreatedPeers } from './untreated-peers.js';

/** The entries as they stand now: those that wait are judged anew by what was measured since `sinceMs`, the end of the run. */
export type OrderJudge = (order: WorkOrder, sinceMs: number, entries: readonly TargetVerification[]) => Promise<TargetVerification[]>;

export function createOrderJudge(context: ServiceContext): OrderJudge {
  const { documents, metricStore, clock, settings } = context;
  const runs = documents.collection<Run>(collections.runs);
  const alarms = documents.collection<Alarm>(collections.alarms);
  const definitions = createActingDefinitions(documents);

  /** The base windows of what the policy reads, by resource. One that has not ended yet, by a source whose clock is ahead, proves nothing. */
  async function measure(policy: CompiledPolicy, resources: readonly string[], fromMs: number, nowMs: number): Promise<ReadonlyMap<string, readonly BaseSeries[]>> {
    const byResource = new Map<string, BaseSeries[]>();
    if (resources.length === 0) return byResource;
    const stepMs = settings.WINDOW_MS;
    for (const metric of new Set(policy.inputs.map((input) => input.metric))) {
      const found = await metricStore.query({ selector: { tenant: policy.tenant, metric, resources }, fromMs: Math.floor(fromMs / stepMs) * stepMs, toMs: Math.floor(nowMs / stepMs) * stepMs, stepMs, tier: 'base' });
      for (const one of found) byResource.set(one.resource, [...(byResource.get(one.resource) ?? []), { ...one, metric }]);
    }
    return byResource;
  }

  async function measurePeers(order: WorkOrder, policy: CompiledPolicy, labels: Labels | undefined, brokenUntilMs: number, fromMs: number, nowMs: number): Promise<readonly Peer[]> {
    const peers = await untreatedPeers(context, order, policy, labels, brokenUntilMs);
    const series = await measure(policy, peers.map((one) => one.resource), fromMs, nowMs);
    return peers.map(({ resource, name }) => ({ name, series: series.get(resource) ?? [] }));
  }

  /** Where an alarm opened the order, when its first run began: until then the target was broken. */
  async function brokenUntil(order: WorkOrder): Promise<number | undefined> {
    if (order.alarm === undefined || order.runs[0] === undefined) return undefined;
    return (await runs.get(order.runs[0]))?.doc.startedAtMs;
  }

  /** One policy's entries; the policy is the version in force now. */
  async function judgeBy(name: string, order: WorkOrder, sinceMs: number, entries: readonly TargetVerification[]): Promise<TargetVerification[]> {
    const nowMs = clock.now();
    const policy = await definitions.policy(order.tenant, name, nowMs);
    if (!policy) return entries.map((one) => ({ ...one, outcome: 'not-verified', reason: `there is no policy ${name} to judge by`, atMs: nowMs }));
    const brokenUntilMs = await brokenUntil(order);
    const alarm = order.alarm === undefined ? undefined : (await alarms.get(order.alarm))?.doc;
    const fromMs = measuredFromMs(policy, sinceMs, brokenUntilMs);
    const series = await measure(policy, [...new Set(order.targets.flatMap((one) => one.resource ?? []))], fromMs, nowMs);
    const judged: TargetVerification[] = [];
    for (const entry of entries) {
      const resource = order.targets.find((one) => one.id === entry.target)?.resource;
      if (resource === undefined) {
        judged.push({ ...entry, outcome: 'no-fresh-data', reason: 'the target names no resource, so nothing is measured on it', atMs: nowMs });
        continue;
      }
      const own = alarm?.policy === name && alarm.resourceId === resource ? alarm : undefined;
      const labels = own?.labels;
      const target = series.get(resource) ?? [];
      const verdict = judgeTarget(entry, { policy, baseMs: settings.WINDOW_MS, series: target, labels, sinceMs, brokenUntilMs, brokenSinceMs: own?.pendingSinceMs, nowMs });
      const isCreditable = verdict.outcome === 'verified' && brokenUntilMs !== undefined;
      judged.push(isCreditable ? creditRepair(verdict, { policy, baseMs: settings.WINDOW_MS, target, labels, brokenUntilMs, peers: await measurePeers(order, policy, labels, brokenUntilMs, fromMs, nowMs) }) : verdict);
    }
    return judged;
  }

  return async (order, sinceMs, entries) => {
    const waiting = entries.filter((one) => one.outcome === 'waiting');
    const judged: TargetVerification[] = [];
    for (const name of new Set(waiting.map((one) => one.policy))) judged.push(...(await judgeBy(name, order, sinceMs, waiting.filter((one) => one.policy === name))));
    return entries.map((entry) => judged.find((one) => one.target === entry.target && one.policy === entry.policy) ?? entry);
  };
}
