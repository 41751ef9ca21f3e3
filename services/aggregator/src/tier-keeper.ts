/** Keeps the tiers of history: rolls them up soon after each minute, and drops what is past its retention. One aggregator does it, under a lease. */
import { tierWidthMs, type Tier } from '@opsloop/contracts';
import { leasedPart, type Part, type ServiceContext } from '@opsloop/runtime';

const minuteMs = tierWidthMs['1m'];
const dropEveryMs = 600_000;

export function createTierKeeper(context: ServiceContext): Part {
  const { metricStore, clock, logger, settings, ownMetrics } = context;
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

  let droppedMs = -Infinity;
  return leasedPart({
    context,
    name: 'tier keeper',
    lease: 'tiers',
    async round() {
      const nowMs = clock.now();
      await rollUp(nowMs);
      // After the roll-up: what a tier drops before it was rolled up is missing above.
      if (nowMs - droppedMs < dropEveryMs) return;
      await drop(nowMs);
      droppedMs = nowMs;
    },
    waitMs: () => minuteMs - ((clock.now() - settleMs) % minuteMs),
    onFailure: (error) => logger.warn({ err: error }, 'the tiers were not kept; they are with the next round'),
  });
}
