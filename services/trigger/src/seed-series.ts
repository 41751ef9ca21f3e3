/** Reads the history of series that begin to be watched: a new policy knows what went before, and so does a state that was lost. */
import { labelsKey, type ClosedWindow, type CompiledPolicy, type SeriesWatch, type WatchBirth, type WatchState } from '@opsloop/domain';
import { periodicPart, type Part, type ServiceContext } from '@opsloop/runtime';
import type { PolicySource } from './policy-source.js';
import { pushTo } from './push-to.js';
import { readSeedHistory } from './read-seed-history.js';

/** Longer than history needs to be written: what was judged before the series began is there by then. */
const roundMs = 3_000;
const mostResources = 100;
/** Asked for at once, as far as can be told: a resource may have many series. */
const aboutPoints = 50_000;
/** Then series go on without their history: alarms matter more. */
const mostFailures = 20;

interface Wanted {
  readonly state: WatchState;
  readonly watch: SeriesWatch;
  readonly birth: WatchBirth;
  readonly resource: string;
}

export function createSeeder(context: ServiceContext, policies: Pick<PolicySource, 'current'>, states: () => Iterable<WatchState>): Part {
  const { clock, logger, ownMetrics } = context;
  const seeded = ownMetrics.counter('trigger_series_seeded_total', 'Series that began with their history', ['found']);
  /** Rounds that a series has waited; what is new waits for one. */
  let rounds = new Map<WatchBirth, number>();
  /** Their history was read; where there is much of it, the trigger takes it in over several ticks. */
  const answered = new WeakSet<WatchBirth>();

  async function round(signal: AbortSignal): Promise<void> {
    const waited = new Map<WatchBirth, number>();
    const groups = new Map<CompiledPolicy, Wanted[]>();
    for (const state of states()) {
      for (const [watch, { resource }] of state.seeds?.waiting ?? []) {
        const { birth } = watch;
        if (!birth || answered.has(birth)) continue;
        const count = rounds.get(birth);
        waited.set(birth, (count ?? 0) + 1);
        if (count === undefined) continue;
        const policy = policies.current().newest(resource.tenant, watch.shape.name);
        if (!policy || count > mostFailures) answer({ state, watch, birth, resource: resource.id }, []);
        else pushTo(groups, policy, { state, watch, birth, resource: resource.id });
      }
    }
    rounds = waited;
    for (const [policy, wanted] of groups) await seedPolicy(policy, wanted, signal);
  }

  async function seedPolicy(policy: CompiledPolicy, wanted: readonly Wanted[], signal: AbortSignal): Promise<void> {
    const byResource = new Map<string, Wanted[]>();
    for (const one of wanted) pushTo(byResource, one.resource, one);
    const resources = [...byResource.keys()];
    const size = Math.max(1, Math.min(mostResources, Math.floor((aboutPoints * policy.windowMs) / policy.historyMs)));
    for (let from = 0; from < resources.length && !signal.aborted; from += size) {
      const chunk = resources.slice(from, from + size);
      const asking = chunk.flatMap((id) => byResource.get(id)!);
      const births = asking.map(({ birth }) => birth.bornMs);
      const history = await readSeedHistory(context, policy, chunk, births);
      for (const one of asking) answer(one, history.get(`${one.resource} ${labelsKey(one.watch.labels)}`) ?? []);
    }
  }

  function answer({ state, watch, birth }: Wanted, windows: readonly ClosedWindow[]): void {
    state.seeds?.ready.push({ watch, birth, windows });
    rounds.delete(birth);
    answered.add(birth);
    seeded.inc({ found: windows.length > 0 ? 'yes' : 'no' });
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
