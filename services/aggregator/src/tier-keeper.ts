/** Keeps the tiers of history: rolls them up soon after each minute, and drops what is past its retention. One aggregator does it, under a lease. */
import { collections, tierWidthMs, type Tier } from '@opsloop/contracts';
import type { Document, Stored } from '@opsloop/ports';
import { claimWorker, partGroup, retryWhileDown, type Lease, type Part, type ServiceContext } from '@opsloop/runtime';

const leaseMs = 20_000;
const claimEveryMs = 5_000;
const minuteMs = tierWidthMs['1m'];
const dropEveryMs = 600_000;
const leaseDoc: Document = { id: 'system/tiers', tenant: 'system' };

export function createTierKeeper(context: ServiceContext): Part {
  const { documents, metricStore, clock, logger, settings, ownMetrics } = context;
  const leases = documents.collection<Document>(collections.leases);
  const rolledRows = ownMetrics.counter('tiers_rows_total', 'Rows that were recomputed', ['tier']);
  const seconds = ownMetrics.histogram('tiers_seconds', 'Time of one round over a tier', ['tier']);
  /** When the windows of a minute have arrived: they close a window and the grace later, and are written within a second or two. */
  const settleMs = settings.WINDOW_MS + settings.GRACE_MS + 3_000;
  const retentions: readonly (readonly [Tier, number])[] = [['base', settings.RETENTION_RAW], ['1m', settings.RETENTION_1M], ['1h', settings.RETENTION_1H], ['1d', settings.RETENTION_1D]];

  async function rollUp(nowMs: number): Promise<void> {
    for (const tier of ['1m', '1h', '1d'] as const) {
      const startMs = clock.monotonic();
      const width = tierWidthMs[tier];
      const rows = await metricStore.rollup(tier, Math.floor((nowMs - settleMs) / width) * width);
      rolledRows.inc({ tier }, rows);
      seconds.observe({ tier }, (clock.monotonic() - startMs) / 1000);
    }
  }

  async function drop(nowMs: number): Promise<void> {
    for (const [tier, retentionMs] of retentions) if (retentionMs !== Infinity) await metricStore.drop(tier, nowMs - retentionMs);
  }

  /** The lease is held for as long as all goes well: rounds follow each other by the clock. */
  async function keep(_: Stored<Document>, lease: Lease<Document>): Promise<void> {
    let droppedMs = -Infinity;
    while (!lease.signal.aborted) {
      const nowMs = clock.now();
      try {
        await rollUp(nowMs);
        // After the roll-up: what a tier drops before it was rolled up is missing above.
        if (nowMs - droppedMs >= dropEveryMs) {
          await drop(nowMs);
          droppedMs = nowMs;
        }
      } catch (error) {
        logger.warn({ err: error }, 'the tiers were not kept; they are with the next round');
      }
      await clock.sleep(minuteMs - ((clock.now() - settleMs) % minuteMs), lease.signal);
    }
    await lease.exclusive(() => leases.replace(leaseDoc, lease.current().version)).catch(() => undefined);
  }

  const stopping = new AbortController();
  const place: Part = {
    name: 'lease of the tiers',
    async start() {
      await retryWhileDown(() => leases.insert(leaseDoc), { clock, signal: stopping.signal, onRetry: (error) => logger.warn({ err: error }, 'the documents do not answer') });
    },
    async stop() {
      stopping.abort();
    },
  };
  const worker = claimWorker<Document>({ context, name: 'tier keeper', collection: leases, filter: () => ({ id: leaseDoc.id }), leaseMs, pollMs: claimEveryMs, concurrency: 1, work: keep });
  return partGroup('tiers', [place, worker]);
}
