import { collections, type Alarm, type Labels, type Run, type WorkOrder } from '@opsloop/contracts';
import { creditRepair, deadlineOf, judgeTarget, judgingHistoryMs, measuredFromMs, whyNotJudged, type CompiledPolicy, type Peer, type TargetVerification } from '@opsloop/domain';
import { isRetryable, type ServiceContext } from '@opsloop/runtime';
import { createActingDefinitions } from './acting-definitions.js';
import { measureResources, type MeasuredSpan } from './measure-resources.js';
import { untreatedPeers } from './untreated-peers.js';

/** The entries as they stand now: those that wait are judged anew by what was measured since `sinceMs`, the end of the run. */
export type OrderJudge = (order: WorkOrder, sinceMs: number, entries: readonly TargetVerification[]) => Promise<TargetVerification[]>;

/** Windows of peers that are judged at once, some tenths of a second: where there is far to look back, few peers are asked. */
const mostPeerWindows = 100_000;
/** Windows that are kept of all targets and policies of an order, some 85 bytes each: a document has room for 1 MiB. */
const mostEvidence = 4_000;
/** From the end of a window in the aggregator to its row in the store. */
const busMs = 3_000;

export function createOrderJudge(context: ServiceContext): OrderJudge {
  const { documents, clock, settings, logger } = context;
  const runs = documents.collection<Run>(collections.runs);
  const alarms = documents.collection<Alarm>(collections.alarms);
  const definitions = createActingDefinitions(documents);

  // A source that falls silent keeps its last window open for the longest, or a series trails the others of its source; then it goes over the bus.
  const storedWithinMs = Math.max(settings.IDLE_MS ?? 3 * settings.WINDOW_MS, settings.LATENESS_MS) + settings.GRACE_MS + settings.WINDOW_MS + busMs;

  async function measurePeers(order: WorkOrder, policy: CompiledPolicy, labels: Labels | undefined, brokenUntilMs: number, span: MeasuredSpan): Promise<readonly Peer[]> {
    const windows = judgingHistoryMs(policy) / policy.windowMs + (span.toMs - span.fromMs) / settings.WINDOW_MS;
    const most = Math.floor(mostPeerWindows / windows);
    const peers = (await untreatedPeers(context, order, policy, labels, brokenUntilMs)).slice(0, Math.max(1, most));
    const series = await measureResources(context, policy, peers.map((one) => one.resource), span, labels);
    return peers.map(({ resource, name }) => ({ name, series: series.get(resource) ?? [] }));
  }

  /** None where they cannot be judged: the proof on the target itself stands. */
  async function peersIfKnown(...asked: Parameters<typeof measurePeers>): Promise<readonly Peer[]> {
    try {
      return await measurePeers(...asked);
    } catch (error) {
      if (isRetryable(error)) throw error;
      logger.warn({ err: error, workOrder: asked[0].id }, 'the peers of a repaired target cannot be read');
      return [];
    }
  }

  /** Where an alarm opened the order, when its first run began: until then the target was broken. */
  async function brokenUntil(order: WorkOrder): Promise<number | undefined> {
    if (order.alarm === undefined || order.runs[0] === undefined) return undefined;
    return (await runs.get(order.runs[0]))?.doc.startedAtMs;
  }

  /** One policy's entries; the policy is the version in force now. */
  async function judgeBy(name: string, order: WorkOrder, sinceMs: number, entries: readonly TargetVerification[], evidence: number): Promise<TargetVerification[]> {
    const nowMs = clock.now();
    const policy = await definitions.policy(order.tenant, name, nowMs);
    if (!policy) return entries.map((one) => ({ ...one, outcome: 'not-verified', reason: `there is no policy ${name} to judge by`, atMs: nowMs }));
    const refused = whyNotJudged(policy);
    if (refused !== undefined) return entries.map((one) => ({ ...one, outcome: 'not-verified', reason: refused, atMs: nowMs }));
    const brokenUntilMs = await brokenUntil(order);
    const alarm = order.alarm === undefined ? undefined : (await alarms.get(order.alarm))?.doc;
    // What comes later decides nothing but that all before it is stored.
    const untilMs = Math.max(...entries.map((one) => deadlineOf(one, { policy, sinceMs }))) + 3 * policy.windowMs;
    const span = { fromMs: measuredFromMs(policy, sinceMs, brokenUntilMs), toMs: Math.min(nowMs, untilMs) };
    const resources = [...new Set(order.targets.flatMap((one) => one.resource ?? []))];
    // With its history a target is much to hold: such targets are read one by one, as is a single one, of which the alarm's series will do.
    const together = judgingHistoryMs(policy) > 0 || resources.length === 1 ? undefined : await measureResources(context, policy, resources, span);
    const judged: TargetVerification[] = [];
    for (const entry of entries) {
      const resource = order.targets.find((one) => one.id === entry.target)?.resource;
      if (resource === undefined) {
        judged.push({ ...entry, outcome: 'no-fresh-data', reason: 'the target names no resource, so nothing is measured on it', atMs: nowMs });
        continue;
      }
      const own = alarm?.policy === name && alarm.resourceId === resource ? alarm : undefined;
      const labels = own?.labels;
      const target = (together ?? (await measureResources(context, policy, [resource], span, labels))).get(resource) ?? [];
      const verdict = judgeTarget(entry, { policy, baseMs: settings.WINDOW_MS, series: target, labels, sinceMs, brokenUntilMs, brokenSinceMs: own?.pendingSinceMs, nowMs, storedWithinMs, mostEvidence: evidence });
      const isCreditable = verdict.outcome === 'verified' && brokenUntilMs !== undefined;
      judged.push(isCreditable ? creditRepair(verdict, { policy, baseMs: settings.WINDOW_MS, target, labels, brokenUntilMs, peers: await peersIfKnown(order, policy, labels, brokenUntilMs, span) }) : verdict);
    }
    return judged;
  }

  return async (order, sinceMs, entries) => {
    const waiting = entries.filter((one) => one.outcome === 'waiting');
    const evidence = Math.min(50, Math.max(3, Math.floor(mostEvidence / entries.length)));
    const judged: TargetVerification[] = [];
    for (const name of new Set(waiting.map((one) => one.policy))) judged.push(...(await judgeBy(name, order, sinceMs, waiting.filter((one) => one.policy === name), evidence)));
    return entries.map((entry) => judged.find((one) => one.target === entry.target && one.policy === entry.policy) ?? entry);
  };
}
