/** Proof of repairs: orders whose run ended are looked at, under a claim, until fresh windows decide. */
import { collections, type Alarm, type Labels, type Run, type WorkOrder } from '@opsloop/contracts';
import { creditRepair, judgeTarget, measuredFromMs, settleVerification, type BaseSeries, type CompiledPolicy, type Peer, type TargetVerification } from '@opsloop/domain';
import { claimWorker, type Part, type ServiceContext } from '@opsloop/runtime';
import { changeDocument } from '../change-document.js';
import { createActingDefinitions } from './acting-definitions.js';
import { untreatedPeers } from './untreated-peers.js';

const judgedStates = ['succeeded', 'partly-failed', 'unknown'] as const satisfies readonly WorkOrder['state'][];
const leaseMs = 15_000;
const pollMs = 500;
const concurrency = 4;
const mostPauseMs = 5_000;

export function createVerifier(context: ServiceContext, onChanged: () => void): Part {
  const { documents, metricStore, clock, settings, ownMetrics } = context;
  const workOrders = documents.collection<WorkOrder>(collections.workOrders);
  const runs = documents.collection<Run>(collections.runs);
  const alarms = documents.collection<Alarm>(collections.alarms);
  const definitions = createActingDefinitions(documents);
  const verdicts = ownMetrics.counter('verifications_total', 'Targets judged after a run, by outcome', ['outcome']);

  /** The base windows of the policy's metric, by resource. */
  async function measure(policy: CompiledPolicy, resources: readonly string[], fromMs: number, nowMs: number): Promise<ReadonlyMap<string, readonly BaseSeries[]>> {
    const byResource = new Map<string, BaseSeries[]>();
    if (resources.length === 0) return byResource;
    const stepMs = settings.WINDOW_MS;
    const found = await metricStore.query({ selector: { tenant: policy.tenant, metric: policy.metric, resources }, fromMs: Math.floor(fromMs / stepMs) * stepMs, toMs: nowMs + stepMs, stepMs, tier: 'base' });
    for (const one of found) byResource.set(one.resource, [...(byResource.get(one.resource) ?? []), one]);
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
      const labels = alarm?.policy === name && alarm.resourceId === resource ? alarm.labels : undefined;
      const target = series.get(resource) ?? [];
      const verdict = judgeTarget(entry, { policy, baseMs: settings.WINDOW_MS, series: target, labels, sinceMs, brokenUntilMs, nowMs });
      const isCreditable = verdict.outcome === 'verified' && brokenUntilMs !== undefined;
      judged.push(isCreditable ? creditRepair(verdict, { policy, baseMs: settings.WINDOW_MS, target, labels, brokenUntilMs, peers: await measurePeers(order, policy, labels, brokenUntilMs, fromMs, nowMs) }) : verdict);
    }
    return judged;
  }

  async function judge(order: WorkOrder, sinceMs: number, entries: readonly TargetVerification[]): Promise<TargetVerification[]> {
    const waiting = entries.filter((one) => one.outcome === 'waiting');
    const judged: TargetVerification[] = [];
    for (const name of new Set(waiting.map((one) => one.policy))) judged.push(...(await judgeBy(name, order, sinceMs, waiting.filter((one) => one.policy === name))));
    return entries.map((entry) => judged.find((one) => one.target === entry.target && one.policy === entry.policy) ?? entry);
  }

  async function look(order: WorkOrder): Promise<void> {
    const { verification } = order;
    if (!verification) return;
    const targets = await judge(order, verification.sinceMs, verification.targets);
    const nextLookMs = clock.now() + Math.min(mostPauseMs, settings.WINDOW_MS / 5);
    const stored = await changeDocument(
      workOrders,
      order.id,
      (now, version) => {
        // Somebody may have closed it meanwhile, or tried it again.
        if (now.state !== order.state || now.verification?.run !== verification.run) return undefined;
        const settled = settleVerification(now, targets, nextLookMs, { nowMs: clock.now(), version });
        return 'order' in settled ? settled.order : undefined;
      },
      { endsClaim: () => true },
    );
    for (const { outcome } of targets.filter((one, index) => one.outcome !== verification.targets[index]?.outcome)) verdicts.inc({ outcome });
    if (stored !== 'missing' && stored.doc.hasPendingEvents) onChanged();
  }

  return claimWorker({
    context,
    name: 'verifications',
    collection: workOrders,
    filter: (nowMs) => ({ state: { in: judgedStates }, dueAtMs: { lte: nowMs } }),
    sort: { field: 'dueAtMs', direction: 'asc' },
    leaseMs,
    pollMs,
    concurrency,
    work: ({ doc }) => look(doc),
  });
}
