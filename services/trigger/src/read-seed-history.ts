import { labelsKey, type ClosedWindow, type CompiledPolicy } from '@opsloop/domain';
import type { HistorySeries } from '@opsloop/ports';
import type { ServiceContext } from '@opsloop/runtime';
import { pushTo } from './push-to.js';

const mostPoints = 1_000_000;
/** The newest minutes of history may not have been rolled up yet. */
const settleMs = 6 * 60_000;
const minuteMs = 60_000;

/** By resource and labels: the policy windows before the series began. `births`: where they did, event time, ms. */
export async function readSeedHistory({ metricStore, settings, clock }: ServiceContext, policy: CompiledPolicy, resources: readonly string[], births: readonly number[]): Promise<Map<string, ClosedWindow[]>> {
  const found = new Map<string, ClosedWindow[]>();
  if (births.length === 0) return found;
  const { windowMs } = policy;
  const toMs = Math.max(...births);
  const fromMs = Math.floor((Math.min(...births) - policy.historyMs) / windowMs) * windowMs;
  const isRolledUp = windowMs % minuteMs === 0 && settings.WINDOW_MS <= minuteMs;
  const settledMs = Math.floor((clock.now() - settleMs) / windowMs) * windowMs;
  const cutMs = isRolledUp ? Math.max(fromMs, Math.min(toMs, settledMs)) : fromMs;
  const selector = { tenant: policy.tenant, metric: policy.metric, resources };
  for (const [tier, start, end] of [['1m', fromMs, cutMs], ['base', cutMs, toMs]] as const) {
    if (start >= end) continue;
    const series = await metricStore.query({ selector, fromMs: start, toMs: end, stepMs: windowMs, tier, maxPoints: mostPoints });
    for (const one of series) {
      const key = `${one.resource} ${labelsKey(one.labels)}`;
      for (const window of windowsOf(one, policy)) pushTo(found, key, window);
    }
  }
  return found;
}

function windowsOf({ startsMs, count, sum, min, max, last }: HistorySeries, { windowMs, aggregate }: CompiledPolicy): ClosedWindow[] {
  const valueAt = { AVG: (i: number) => sum[i]! / count[i]!, MIN: (i: number) => min[i]!, MAX: (i: number) => max[i]!, LAST: (i: number) => last[i]!, SUM: (i: number) => sum[i]! }[aggregate];
  return Array.from(startsMs, (startMs, i) => ({ startMs, endMs: startMs + windowMs, value: valueAt(i) }));
}
