import { collections, type Labels, type ResourceRecord, type WorkOrder } from '@opsloop/contracts';
import { labelsKey, matchLabels, matchResource, type CompiledPolicy } from '@opsloop/domain';
import type { ServiceContext } from '@opsloop/runtime';

export interface UntreatedPeer {
  readonly resource: string;
  readonly name: string;
}

/** Resources that are measured beside the target, and those that are looked at to find them. */
const mostPeers = 200;
const mostLookedAt = 1_000;
/** A repair of somebody else that ended shortly before is one, too. */
const treatedBeforeMs = 600_000;

/**
 * What the policy watches beside the targets of this order, and no order at all treated since shortly before `sinceMs`
 * (start of its run): many orders for one incident must not take each other for healing. The first 200 by id.
 */
export async function untreatedPeers({ documents, metricStore }: Pick<ServiceContext, 'documents' | 'metricStore'>, order: WorkOrder, policy: CompiledPolicy, labels: Labels | undefined, sinceMs: number): Promise<readonly UntreatedPeer[]> {
  const { tenant } = order;
  const treated = await treatedSince(sinceMs - treatedBeforeMs);
  for (const { resource } of order.targets) if (resource !== undefined) treated.add(resource);
  const candidates = new Map<string, CompiledPolicy['match']>();
  for (const one of await metricStore.series({ tenant, metric: policy.metric })) {
    const open = treated.has(one.resource.id) || (labels && labelsKey(labels) !== labelsKey(one.labels)) ? undefined : matchLabels(policy, one.labels);
    if (open && !candidates.has(one.resource.id)) candidates.set(one.resource.id, open);
  }
  const resources = documents.collection<ResourceRecord>(collections.resources);
  const peers: UntreatedPeer[] = [];
  for (const [id, open] of [...candidates].toSorted(([a], [b]) => (a < b ? -1 : 1)).slice(0, mostLookedAt)) {
    const record = (await resources.get(`${tenant}/${id}`))?.doc;
    if (record && matchResource(open, { ...record, id }, record.attributes)) peers.push({ resource: id, name: record.name });
    if (peers.length === mostPeers) break;
  }
  return peers;

  async function treatedSince(atMs: number): Promise<Set<string>> {
    const orders = documents.collection<WorkOrder>(collections.workOrders);
    const found = new Set<string>();
    let cursor: string | undefined;
    do {
      const page = await orders.find({ tenant, changedAtMs: { gte: atMs } }, { limit: 200, ...(cursor !== undefined && { cursor }) });
      for (const { doc } of page.items) if (doc.runs.length > 0) for (const { resource } of doc.targets) if (resource !== undefined) found.add(resource);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    return found;
  }
}
