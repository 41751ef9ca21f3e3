import type { Bus, BusHandlers } from '@opsloop/ports';
import type { OwnMetrics } from './own-metrics.js';

/** The same bus, with what this process does on it among its own metrics: partitions that it holds, records in and out. */
export function watchedBus(bus: Bus, ownMetrics: OwnMetrics): Bus {
  const held = ownMetrics.gauge('bus_partitions', 'Partitions that this process holds', ['topic', 'group']);
  const handed = ownMetrics.counter('bus_read_records_total', 'Records that this process has handled', ['topic', 'group']);
  const published = ownMetrics.counter('bus_published_records_total', 'Records that this process has published', ['topic']);

  function watch(topic: string, group: string, handlers: BusHandlers): BusHandlers {
    const labels = { topic, group };
    const partitions = new Set<number>();
    const count = (): void => held.set(labels, partitions.size);
    count();
    return {
      async onAssigned(partition) {
        await handlers.onAssigned?.(partition);
        partitions.add(partition);
        count();
      },
      async onBatch(partition, records, context) {
        await handlers.onBatch(partition, records, context);
        handed.inc(labels, records.length);
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
      published.inc({ topic }, records.length);
    },
    subscribe: (topic, group, handlers) => bus.subscribe(topic, group, watch(topic, group, handlers)),
  };
}
