import { topics } from '@opsloop/contracts';
import { countHeld, dropReasons, encodePartitionWindows, type PartitionWindows } from '@opsloop/domain';
import { periodicPart, type Part, type ServiceContext } from '@opsloop/runtime';

const everyMs = 10_000;

export interface WindowMetrics {
  /** Counts what the steps since the last call did. */
  report(state: PartitionWindows): void;
  /** The snapshot of a state; its size is measured on the way. */
  encodeMeasured(state: PartitionWindows): Iterable<Uint8Array>;
  /** Measures what is held, and how far the groups are behind. */
  watch(states: () => ReadonlyMap<number, PartitionWindows>): Part;
}

/** The aggregator's own metrics. */
export function createWindowMetrics({ ownMetrics, bus, clock, logger }: ServiceContext): WindowMetrics {
  const samples = ownMetrics.counter('aggregator_samples_total', 'Samples that were read');
  const windows = ownMetrics.counter('aggregator_windows_total', 'Windows that were emitted, corrections included');
  const corrections = ownMetrics.counter('aggregator_corrections_total', 'Windows that late samples corrected');
  const provisional = ownMetrics.counter('aggregator_provisional_windows_total', 'Windows that were emitted while open, because a sample lay beyond a limit that a policy waits for');
  const dropped = ownMetrics.counter('aggregator_dropped_samples_total', 'Samples that do not count', ['reason']);
  const held = {
    resources: ownMetrics.gauge('aggregator_resources', 'Resources whose windows are held'),
    series: ownMetrics.gauge('aggregator_series', 'Series whose windows are held'),
    windows: ownMetrics.gauge('aggregator_open_windows', 'Windows that are held: open, or closed and still to be corrected'),
  };
  const lag = ownMetrics.gauge('aggregator_lag_records', 'Records that a group has not yet committed; windows commit with their snapshots', ['group']);
  const bytes = ownMetrics.gauge('aggregator_snapshot_bytes', 'Size of the last snapshot of a partition', ['partition']);
  let partitions: () => ReadonlyMap<number, PartitionWindows> = () => new Map();

  async function measure(): Promise<void> {
    const all = [...partitions().values()].map(countHeld);
    for (const name of ['resources', 'series', 'windows'] as const) held[name].set(all.reduce((sum, one) => sum + one[name], 0));
    const lags = await bus.lag();
    for (const [group, topic] of [['aggregator', topics.raw.name], ['history', topics.window.name]] as const) {
      lag.set({ group }, lags.filter((one) => one.group === group && one.topic === topic).reduce((sum, { records }) => sum + records, 0));
    }
  }

  return {
    report({ stats }) {
      samples.inc(stats.samples);
      windows.inc(stats.windows);
      corrections.inc(stats.corrections);
      provisional.inc(stats.provisional);
      stats.samples = stats.windows = stats.corrections = stats.provisional = 0;
      for (const reason of dropReasons) {
        if (stats.dropped[reason] > 0) dropped.inc({ reason }, stats.dropped[reason]);
        stats.dropped[reason] = 0;
      }
    },
    *encodeMeasured(state) {
      let size = 0;
      for (const chunk of encodePartitionWindows(state)) {
        size += chunk.byteLength;
        yield chunk;
      }
      const [partition] = [...partitions()].find(([, one]) => one === state) ?? [];
      if (partition !== undefined) bytes.set({ partition: String(partition) }, size);
    },
    watch(states) {
      partitions = states;
      return periodicPart({ name: 'window metrics', clock, round: measure, waitMs: () => everyMs, onFailure: (error) => logger.warn({ err: error }, 'the lag cannot be measured') });
    },
  };
}
