import type { Bus, BusHandlers, BusRecord } from '@opsloop/ports';
import { createOwnMetrics } from './own-metrics.js';
import { watchedBus } from './watched-bus.js';

const record: BusRecord = { key: 'default/a', value: Buffer.from('1'), headers: {}, position: 1, arrivalMs: 0 };

test('what a process does on the bus shows in its own metrics: partitions held, records published and handled', async () => {
  let handlers: BusHandlers | undefined;
  const engine: Bus = {
    publish: async (topic) => (topic === 'refused' ? Promise.reject(new Error('no broker answers')) : undefined),
    subscribe: async (_topic, _group, given) => {
      handlers = given;
      return { commit: async () => undefined, stop: async () => undefined };
    },
    tail: async () => ({ stop: async () => undefined }), isFull: () => false, lag: async () => [], nextPosition: async () => 1,
  };
  const ownMetrics = createOwnMetrics();
  const shown = async () => (await ownMetrics.text()).split('\n').filter((line) => line.startsWith('opsloop_bus_')).toSorted();
  const bus = watchedBus(engine, ownMetrics);
  let isFailing = true;
  await bus.subscribe('t', 'g', {
    onBatch: async () => {
      if (isFailing) throw new Error('the store does not answer');
    },
  });
  expect(await shown()).toEqual(['opsloop_bus_partitions{topic="t",group="g"} 0']);
  await bus.publish('t', [record, record]);
  await expect(bus.publish('refused', [record])).rejects.toThrow('no broker');
  for (const partition of [0, 1, 1]) await handlers!.onAssigned!(partition);
  const context = { signal: new AbortController().signal };
  await expect(handlers!.onBatch(0, [record], context)).rejects.toThrow('the store');
  isFailing = false;
  await handlers!.onBatch(0, [record, record, record], context);
  expect(await shown()).toEqual(['opsloop_bus_partitions{topic="t",group="g"} 2', 'opsloop_bus_published_records_total{topic="t"} 2', 'opsloop_bus_read_records_total{topic="t",group="g"} 3']);
  for (const partition of [0, 1]) await handlers!.onLost!(partition);
  expect(await shown()).toContain('opsloop_bus_partitions{topic="t",group="g"} 0');
});

test('counts that an engine keeps are shown as they are when they are asked for', async () => {
  const ownMetrics = createOwnMetrics();
  let restarts = 1;
  ownMetrics.counted('bus_client_restarts_total', 'Clients that were replaced', [], () => [[{}, restarts]]);
  expect(await ownMetrics.text()).toContain('opsloop_bus_client_restarts_total 1\n');
  restarts = 3;
  expect(await ownMetrics.text()).toContain('opsloop_bus_client_restarts_total 3\n');
});
