/** Reads the history of series that begin to be watched: a new policy knows what went before, and so does a state that was lost. */
import { labelsKey, type ClosedWindow, type CompiledPolicy, type SeriesWatch, type WatchState } from '@opsloop/domain';
import type { HistorySeries } from '@opsloop/ports';
import { periodicPart, type Part, type ServiceContext } from '@opsloop/runtime';
import type { PolicySource } from './policy-source.js';

/** Longer than history needs to be written: what was judged before the series began is there by then. */
const roundMs = 3_000;
const mostResources = 100;
const mostPoints = 1_000_000;
/** Asked for at once, as far as can be told: a resource may have many series. */
const aboutPoints = 50_000;
/** Then series go on without their history: alarms matter more. */
const mostFailures = 20;
/** The newest minutes of history may not have been rolled up yet. */
const settleMs = 6 * 60_000;
const minuteMs = 60_000;

interface Wanted {
  readonly state: WatchState;
  readonly watch: SeriesWatch;
  readonly resource: string;
}

export function createSeeder(context: ServiceContext, policies: Pick<PolicySource, 'current'>, states: () => Iterable<WatchState>): Part {
  const { metricStore, settings, clock, logger, ownMetrics } = context;
  const seeded = ownMetrics.counter('trigger_series_seeded_total', 'Series that began with their history', ['found']);
  /** Rounds that a series has waited; what is new waits for one. */
  let rounds = new Map<SeriesWatch, number>();

  async function round(signal: AbortSignal): Promise<void> {
    const waited = new Map<SeriesWatch, number>();
    const groups = new Map<CompiledPolicy, Wanted[]>();
    for (const state of states()) {
      for (const [watch, { resource }] of state.seeds?.waiting ?? []) {
        const count = rounds.get(watch);
        waited.set(watch, (count ?? 0) + 1);
        if (count === undefined) continue;
        const policy = policies.current().newest(resource.tenant, watch.shape.name);
        if (!policy || count > mostFailures) answer({ state, watch, resource: resource.id }, []);
        else push(groups, policy, { state, watch, resource: resource.id });
      }
    }
    rounds = waited;
    for (const [policy, wanted] of groups) await seedPolicy(policy, wanted, signal);
  }

  async function seedPolicy(policy: CompiledPolicy, wanted: readonly Wanted[], signal: AbortSignal): Promise<void> {
    const byResource = new Map<string, Wanted[]>();
    for (const one of wanted) push(byResource, one.resource, one);
    const resources = [...byResource.keys()];
    const size = Math.max(1, Math.min(mostResources, Math.floor((aboutPoints * policy.windowMs) / policy.historyMs)));
    for (let from = 0; from < resources.length && !signal.aborted; from += size) {
      const chunk = resources.slice(from, from + size);
      const asking = chunk.flatMap((id) => byResource.get(id)!);
      const history = await readHistory(policy, chunk, asking);
      for (const one of asking) answer(one, history.get(`${one.resource} ${labelsKey(one.watch.labels)}`) ?? []);
    }
  }

  function answer({ state, watch }: Wanted, windows: readonly ClosedWindow[]): void {
    state.seeds?.ready.push({ watch, windows });
    rounds.delete(watch);
    seeded.inc({ found: windows.length > 0 ? 'yes' : 'no' });
  }

  /** By resource and labels: the policy windows before the series began. */
  async function readHistory(policy: CompiledPolicy, resources: readonly string[], asking: readonly Wanted[]): Promise<Map<string, ClosedWindow[]>> {
    const births = asking.flatMap(({ watch }) => (watch.birth ? [watch.birth.bornMs] : []));
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
        for (const window of windowsOf(one, policy)) push(found, key, window);
      }
    }
    return found;
  }

  let warned = false;
  return periodicPart({
    name: 'series with their history',
    clock,
    round: async (signal) => {
      await round(signal);
      warned = false;
    },
    waitMs: () => roundMs,
    onFailure(error) {
      if (!warned) logger.warn({ err: error }, 'history cannot be read; series that begin are judged without it until it can');
      warned = true;
    },
  });
}

function push<Key, Item>(lists: Map<Key, Item[]>, key: Key, item: Item): void {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}

function windowsOf({ startsMs, count, sum, min, max, last }: HistorySeries, { windowMs, aggregate }: CompiledPolicy): ClosedWindow[] {
  const valueAt = { AVG: (i: number) => sum[i]! / count[i]!, MIN: (i: number) => min[i]!, MAX: (i: number) => max[i]!, LAST: (i: number) => last[i]! }[aggregate];
  return Array.from(startsMs, (startMs, i) => ({ startMs, endMs: startMs + windowMs, value: valueAt(i) }));
}
