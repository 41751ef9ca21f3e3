import type { Labels } from '@opsloop/contracts';
import { judgingHistoryMs, labelsKey, type BaseSeries, type CompiledPolicy } from '@opsloop/domain';
import type { HistorySeries } from '@opsloop/ports';
import type { ServiceContext } from '@opsloop/runtime';

/** Event times, ms. */
export interface MeasuredSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

const mostPoints = 1_000_000;
/** The newest minutes of history may not have been rolled up yet. */
const settleMs = 6 * 60_000;
const minuteMs = 60_000;

/**
 * What the policy reads, by resource: base windows of the span, and before it, as far as the policy looks back, a row for each
 * of its windows; with `labels` those series alone that carry them, unless the policy judges several as one. A window that has not ended yet, by a source whose clock is ahead, proves nothing.
 */
export async function measureResources({ metricStore, settings }: Pick<ServiceContext, 'metricStore' | 'settings'>, policy: CompiledPolicy, resources: readonly string[], { fromMs, toMs }: MeasuredSpan, labels?: Labels): Promise<ReadonlyMap<string, readonly BaseSeries[]>> {
  if (resources.length === 0) return new Map();
  const stepMs = settings.WINDOW_MS;
  const { windowMs } = policy;
  const spanMs = Math.floor(fromMs / windowMs) * windowMs;
  const oldestMs = Math.floor((spanMs - judgingHistoryMs(policy)) / windowMs) * windowMs;
  const isRolledUp = windowMs % minuteMs === 0 && stepMs <= minuteMs;
  const settledMs = isRolledUp ? Math.max(oldestMs, Math.min(spanMs, Math.floor((toMs - settleMs) / windowMs) * windowMs)) : oldestMs;
  const parts = [
    { tier: '1m', fromMs: oldestMs, toMs: settledMs, stepMs: windowMs },
    { tier: 'base', fromMs: settledMs, toMs: spanMs, stepMs: windowMs },
    { tier: 'base', fromMs: spanMs, toMs: Math.floor(toMs / stepMs) * stepMs, stepMs },
  ] as const;
  const byResource = new Map<string, BaseSeries[]>();
  for (const metric of new Set(policy.inputs.map((input) => input.metric))) {
    const bySeries = new Map<string, HistorySeries[]>();
    for (const part of parts.filter((one) => one.fromMs < one.toMs)) {
      for (const one of await metricStore.query({ selector: { tenant: policy.tenant, metric, resources, ...(labels && !policy.isJoint && { labels }) }, ...part, maxPoints: mostPoints })) {
        const key = `${one.resource} ${labelsKey(one.labels)}`;
        bySeries.set(key, [...(bySeries.get(key) ?? []), one]);
      }
    }
    for (const pieces of bySeries.values()) {
      const { resource } = pieces[0]!;
      byResource.set(resource, [...(byResource.get(resource) ?? []), { ...joined(pieces), metric }]);
    }
  }
  return byResource;
}

/** Of one series, ascending. */
function joined(pieces: readonly HistorySeries[]): BaseSeries {
  const column = (name: 'startsMs' | 'count' | 'sum' | 'min' | 'max' | 'last'): Float64Array => Float64Array.from(pieces.flatMap((one) => [...one[name]]));
  return { labels: pieces[0]!.labels, startsMs: column('startsMs'), count: column('count'), sum: column('sum'), min: column('min'), max: column('max'), last: column('last') };
}
