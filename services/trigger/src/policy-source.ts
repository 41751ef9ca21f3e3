/** The policies of every tenant as they are stored, looked for twice a second and kept while the documents do not answer. */
import { collections, type DefinitionRecord } from '@opsloop/contracts';
import { createPolicySet, type PolicySet } from '@opsloop/domain';
import { retryWhileDown, type Part, type ServiceContext } from '@opsloop/runtime';

const lookEveryMs = 500;
/** Writers' clocks may differ: what was written a little before the newest known change is read again. */
const overlapMs = 60_000;
/** However wrong a writer's clock is, its change is found within this. */
const readAllEveryMs = 30_000;

export interface PolicySource extends Part {
  current(): PolicySet;
  refresh(): Promise<void>;
}

export function createPolicySource(context: ServiceContext): PolicySource {
  const { clock, logger, ownMetrics } = context;
  const definitions = context.documents.collection<DefinitionRecord>(collections.definitions);
  const inForce = ownMetrics.gauge('trigger_policies', 'Policies that are not deleted');
  const known = new Map<string, DefinitionRecord>();
  let set = createPolicySet([]);
  let newestMs = -Infinity;
  let readAllMs = -Infinity;
  let stopping = new AbortController();
  let looking: Promise<void> | undefined;

  async function refresh(): Promise<void> {
    const isDue = clock.monotonic() - readAllMs >= readAllEveryMs;
    const found = await read(isDue ? -Infinity : newestMs - overlapMs);
    if (isDue) readAllMs = clock.monotonic();
    const changed = found.filter((record) => known.get(record.id)?.changedAtMs !== record.changedAtMs);
    if (changed.length === 0) return;
    for (const record of changed) {
      known.set(record.id, record);
      newestMs = Math.max(newestMs, record.changedAtMs);
    }
    set = createPolicySet([...known.values()]);
    inForce.set([...known.values()].filter((record) => !record.deleted).length);
    for (const problem of set.problems) logger.error({ problem }, 'a stored policy cannot be read and judges nothing: apply it again');
  }

  async function read(fromMs: number): Promise<DefinitionRecord[]> {
    const records: DefinitionRecord[] = [];
    const filter = Number.isFinite(fromMs) ? { kind: 'Policy', changedAtMs: { gte: fromMs } } : { kind: 'Policy' };
    let cursor: string | undefined;
    do {
      const page = await definitions.find(filter, { limit: 1000, ...(cursor !== undefined && { cursor }) });
      records.push(...page.items.map(({ doc }) => doc));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    return records;
  }

  async function look(signal: AbortSignal): Promise<void> {
    let isDown = false;
    while (!signal.aborted) {
      await clock.sleep(lookEveryMs, signal);
      if (signal.aborted) return;
      try {
        await refresh();
        isDown = false;
      } catch (error) {
        // Alarms go on by the policies that are known; one line says so.
        if (!isDown) logger.warn({ err: error }, 'policies cannot be read; those that are known stay in force');
        isDown = true;
      }
    }
  }

  return {
    name: 'policies',
    current: () => set,
    refresh,
    /** Windows must not pass unjudged, so nothing starts before the policies are known. */
    async start() {
      if (looking) return;
      stopping = new AbortController();
      const { signal } = stopping;
      await retryWhileDown(refresh, { clock, signal, onRetry: (error) => logger.warn({ err: error }, 'policies cannot be read yet; the trigger waits for them') });
      looking = look(signal);
    },
    async stop() {
      stopping.abort();
      await looking;
      looking = undefined;
    },
  };
}
