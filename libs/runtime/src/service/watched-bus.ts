import type { Bus, BusHandlers } from '@opsloop/ports';
import type { OwnMetrics } from './own-metrics.js';

interface Counted {
  readonly labels: Readonly<Record<string, string>>;
  records: number;
}

/** The same bus, with what this process does on it among its own metrics: partitions that it holds, records in and out. */
export function watchedBus(bus: Bus, ownMetrics: OwnMetrics): Bus {
  const held = ownMetrics.gauge('bus_partitions', 'Partitions that this process holds', ['topic', 'group']);
  const handled = new Map<string, Counted>();
  const published = new Map<string, Counted>();
  ownMetrics.counted('bus_read_records_total', 'Records that this process has handled', ['topic', 'group'], () => shown(handled));
  ownMetrics.counted('bus_published_records_total', 'Records that this process has published', ['topic'], () => shown(published));

  function watch(topic: string, group: string, handlers: BusHandlers): BusHandlers {
    const labels = { topic, group };
    const counted = countedBy(handled, labels);
    const partitions = new Set<number>();
    const count = (): void => held.set(labels, partitions.size);
    count();
    return {
      async onAssigned(partition, isRewound) {
        await handlers.onAssigned?.(partition, isRewound);
        partitions.add(partition);
        count();
      },
      async onBatch(partition, records, context) {
        await handlers.onBatch(partition, records, context);
        counted.records += records.length;
      },
      async onLost(partition) {
        partitions.delete(partition);
        count();
        await handlers.onLost?.(partition);
      },
    };
  }

  return {
    ...bus,
    async publish(topic, records) {
      await bus.publish(topic, records);
      (published.get(topic) ?? countedBy(published, { topic })).records += records.length;
    },
    subscribe: (topic, group, handlers) => bus.subscribe(topic, group, watch(topic, group, handlers)),
  };
}

function countedBy(all: Map<string, Counted>, labels: Readonly<Record<string, string>>): Counted {
  const key = Object.values(labels).join(' ');
  const known = all.get(key) ?? { labels, records: 0 };
  all.set(key, known);
  return known;
}

function shown(all: ReadonlyMap<string, Counted>): (readonly [Counted['labels'], number])[] {
  return [...all.values()].filter(({ records }) => records > 0).map(({ labels, records }) => [labels, records]);
}
