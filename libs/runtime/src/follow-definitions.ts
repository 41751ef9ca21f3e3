/** The definitions of one kind, of every tenant, as they are stored: looked for twice a second, kept while the documents do not answer. */
import { collections, type DefinitionRecord } from '@opsloop/contracts';
import { retryWhileDown } from './part/backoff.js';
import { findAll } from './find-all.js';
import type { Part } from './part/part.js';
import type { ServiceContext } from './service/service-context.js';
import { untilBeat } from './part/until-beat.js';

const lookEveryMs = 500;
/** How long a start waits that can do without. */
const patienceMs = 3_000;
/** Writers' clocks may differ: what was written a little before the newest known change is read again. */
const overlapMs = 60_000;
/** However wrong a writer's clock is, its change is found within this. */
const readAllEveryMs = 30_000;

export interface FollowedDefinitions extends Part {
  /** Looks for changes at once; rejects while the documents do not answer. */
  refresh(): Promise<void>;
}

export interface FollowOptions {
  readonly kind: DefinitionRecord['kind'];
  /** For the log, for example `policies`. */
  readonly what: string;
  /** Nothing may begin before they are known, so `start` waits for them; else it waits a little and goes on without. */
  readonly waits: boolean;
  /** All records of the kind, deleted ones included, whenever one has changed. */
  onChange(records: readonly DefinitionRecord[]): void;
}

export function followDefinitions(context: Pick<ServiceContext, 'clock' | 'logger' | 'documents'>, { kind, what, waits, onChange }: FollowOptions): FollowedDefinitions {
  const { clock, logger } = context;
  const definitions = context.documents.collection<DefinitionRecord>(collections.definitions);
  const known = new Map<string, DefinitionRecord>();
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
    onChange([...known.values()]);
  }

  async function read(fromMs: number): Promise<DefinitionRecord[]> {
    return findAll(definitions, Number.isFinite(fromMs) ? { kind, changedAtMs: { gte: fromMs } } : { kind });
  }

  async function look(signal: AbortSignal): Promise<void> {
    let isDown = false;
    while (!signal.aborted) {
      await clock.sleep(untilBeat(clock, lookEveryMs), signal);
      if (signal.aborted) return;
      try {
        await refresh();
        isDown = false;
      } catch (error) {
        // Work goes on by what is known; one line says so.
        if (!isDown) logger.warn({ err: error }, `${what} cannot be read; those that are known stay in force`);
        isDown = true;
      }
    }
  }

  return {
    name: what,
    refresh,
    async start() {
      if (looking) return;
      stopping = new AbortController();
      const { signal } = stopping;
      if (!waits) await Promise.race([refresh().catch(() => undefined), clock.sleep(patienceMs, signal)]);
      else await retryWhileDown(refresh, { clock, signal, onRetry: (error) => logger.warn({ err: error }, `${what} cannot be read yet; they are waited for`) });
      looking = look(signal);
    },
    async stop() {
      stopping.abort();
      await looking;
      looking = undefined;
    },
  };
}
