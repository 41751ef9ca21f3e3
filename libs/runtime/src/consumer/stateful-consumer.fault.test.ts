import type { Bus, BusHandlers, BusRecord, Checkpoint, OutgoingRecord } from '@opsloop/ports';
import { EngineError } from '@opsloop/ports';
import { createLogger } from '../service/logger.js';
import { createOwnMetrics } from '../service/own-metrics.js';
import type { ServiceContext } from '../service/service-context.js';
import { statefulConsumer } from './stateful-consumer.js';
import { createSystemClock } from '../service/system-clock.js';

/** A consumer that adds numbers up and tells each sum, on a bus and checkpoints that are looked into. */
async function startAdder(publish: (records: readonly OutgoingRecord[], topic: string) => Promise<void>, { checkpointEveryMs = 1_000_000, sumBytes = 0, stored = undefined as Checkpoint | undefined, nextPosition = 1, isRewound = false } = {}) {
  let handlers: BusHandlers | undefined;
  const saved: { position: number; sum: string }[] = [];
  const committed: number[] = [];
  const ownMetrics = createOwnMetrics();
  const seen: number[] = [];
  let hasNewerOwner = false;
  const bus: Bus = {
    publish: (to, records) => publish(records, to),
    async subscribe(_topic, _group, given) {
      handlers = given;
      return { commit: async (_partition, position) => void committed.push(position), stop: async () => given.onLost?.(0) };
    },
    tail: async () => ({ stop: async () => undefined }), isFull: () => false, lag: async () => [], nextPosition: async () => nextPosition,
  };
  const context = {
    bus, clock: createSystemClock(), logger: createLogger('silent', 'test'), ownMetrics, reach: () => undefined,
    checkpoints: {
      begin: async () => 1,
      load: async () => stored,
      async save(_key: object, _epoch: number, position: number, given: Iterable<Uint8Array> | AsyncIterable<Uint8Array>) {
        const chunks: Uint8Array[] = [];
        for await (const chunk of given) chunks.push(chunk);
        if (hasNewerOwner) return 'fenced' as const;
        stored = { position, chunks };
        saved.push({ position, sum: Buffer.from(chunks[1]!).toString() });
        return 'saved' as const;
      },
    },
  } as unknown as ServiceContext;
  const consumer = statefulConsumer<{ sum: number }>({
    context, topic: 'numbers', group: 'adder', formatVersion: 1, checkpointEveryMs,
    create: () => ({ sum: 0 }),
    encode: ({ sum }) => [Buffer.from(String(sum))],
    decode: (chunks) => ({ sum: Number(Buffer.from(chunks[0]!).toString()) }),
    step(state, { value, position }, emit) {
      seen.push(position);
      if (value.length === 0) throw new Error('it is no number');
      state.sum += Number(Buffer.from(value).toString());
      emit('sums', { key: 'default/sum', value: Buffer.from(String(state.sum).padEnd(sumBytes)) });
    },
  });
  await consumer.start();
  await handlers!.onAssigned!(0, isRewound);
  const stop = new AbortController();
  return {
    consumer, saved, committed, seen,
    stored: () => stored,
    replaceOwner: () => void (hasNewerOwner = true),
    refused: async () => /^opsloop_checkpoints_refused_total\{group="adder"\} (\d+)$/m.exec(await ownMetrics.text())?.[1],
    abort: () => stop.abort(), handle: (...records: BusRecord[]) => handlers!.onBatch(0, records, { signal: stop.signal }), lose: () => handlers!.onLost!(0),
  };
}

const number = (position: number): BusRecord => ({ key: 'default/n', value: Buffer.from('1'), headers: {}, position, arrivalMs: 0 });
const texts = (records: readonly OutgoingRecord[]): string[] => records.map(({ value }) => Buffer.from(value).toString().trim());

test('a partition that is given away leaves a snapshot of all that was told, and its position', async () => {
  const adder = await startAdder(async () => undefined);
  await adder.handle(number(1), number(2), number(3));
  await adder.lose();
  expect(adder.saved).toEqual([{ position: 3, sum: '3' }]);
  expect(adder.committed).toEqual([3]);
});

test('a dead letter that the bus refuses for good is left out, and the partition goes on', async () => {
  const told: string[] = [];
  const adder = await startAdder(async (records, to) => {
    if (to === 'numbers.dlq') throw new EngineError('the brokers take no more than 1,000 bytes', { retryable: false });
    told.push(...texts(records));
  });
  await adder.handle(number(1), { ...number(2), value: new Uint8Array() }, number(3));
  expect(told).toEqual(['1', '2']);
  await adder.lose();
  expect(adder.committed).toEqual([3]);
});

test('stopped while nothing can be published: no snapshot goes beyond what was told', async () => {
  const adder = await startAdder(() => Promise.reject(new EngineError('no broker answers', { retryable: true })));
  const handling = adder.handle(number(1));
  adder.abort();
  await expect(handling).rejects.toThrow('no broker answers');
  await adder.consumer.stop(1_000);
  expect(adder.saved).toEqual([]);
  expect(adder.committed).toEqual([]);
});

test('a publish that failed for good is repeated with the batch: what it would have told is not skipped', async () => {
  const told: string[] = [];
  let isFailing = true;
  const adder = await startAdder(async (records) => {
    if (isFailing) throw new Error('the topic is gone');
    told.push(...texts(records));
  });
  await expect(adder.handle(number(1), number(2))).rejects.toThrow('the topic is gone');
  isFailing = false;
  await adder.handle(number(1), number(2));
  await adder.handle(number(3));
  expect(told).toEqual(['1', '2', '3']);
  await adder.lose();
  expect(adder.saved).toEqual([{ position: 3, sum: '3' }]);
});

test('far more than a log takes at once: it is published in slices, and a failure in between repeats none that was taken', async () => {
  const told: string[] = [];
  let calls = 0;
  const adder = await startAdder(async (records) => {
    if (records.reduce((sum, { value }) => sum + value.byteLength, 0) > 10 * 2 ** 20) throw new EngineError('too much at once', { retryable: false });
    if (++calls === 3) throw new Error('the topic is gone');
    told.push(...texts(records));
  }, { sumBytes: 2 ** 20 });
  const many = Array.from({ length: 100 }, (_, i) => number(i + 1));
  await expect(adder.handle(...many)).rejects.toThrow('the topic is gone');
  expect(told.length).toBeGreaterThan(10);
  await adder.handle(...many);
  expect(told).toEqual(many.map(({ position }) => String(position)));
  await adder.lose();
  expect(adder.saved).toEqual([{ position: 100, sum: '100' }]);
});

test('frozen while another took the partition over: neither its snapshot nor its position is taken, and that is counted', async () => {
  const adder = await startAdder(async () => undefined);
  await adder.handle(number(1));
  adder.replaceOwner();
  await adder.lose();
  expect(await adder.refused()).toBe('1');
  expect({ saved: adder.saved, committed: adder.committed }).toEqual({ saved: [], committed: [] });
});

test('frozen while it was to snapshot: the batch fails, and the partition is given up', async () => {
  const adder = await startAdder(async () => undefined, { checkpointEveryMs: 0 });
  adder.replaceOwner();
  await expect(adder.handle(number(1))).rejects.toThrow('has a newer owner');
  expect(await adder.refused()).toBe('1');
  await expect(adder.handle(number(2))).rejects.toThrow('was not assigned');
});

test('a log that lost its end: what comes is read though its positions begin again, and is seen above all that was', async () => {
  const before = await startAdder(async () => undefined);
  await before.handle(number(499), number(500));
  await before.lose();
  // A crash before its first snapshot, and a log that has grown beyond the old position meanwhile, change nothing.
  const lost = await startAdder(async () => undefined, { stored: before.stored(), nextPosition: 3 });
  const after = await startAdder(async () => undefined, { stored: lost.stored(), nextPosition: 900 });
  await after.handle(number(1), number(2), number(3));
  await after.lose();
  expect(after.saved).toEqual([{ position: 3, sum: '5' }]);
  expect(after.committed).toEqual([3]);
  expect(Math.min(...after.seen)).toBeGreaterThan(500);
  const later = await startAdder(async () => undefined, { stored: after.stored(), nextPosition: 4 });
  await later.handle(number(3), number(4));
  expect(later.seen).toEqual([after.seen[2]! + 1]);
});

test('a log that is known to have lost its end: what comes is read though it has grown beyond the old position already', async () => {
  const before = await startAdder(async () => undefined);
  await before.handle(number(499), number(500));
  await before.lose();
  const after = await startAdder(async () => undefined, { stored: before.stored(), nextPosition: 900, isRewound: true });
  await after.handle(number(480), number(481));
  await after.lose();
  expect(after.saved.at(-1)).toEqual({ position: 481, sum: '4' });
  expect(Math.min(...after.seen)).toBeGreaterThan(500);
});
