import { settingsSchema, topics } from '@opsloop/contracts';
import { createEmbeddedDocuments } from '@opsloop/engines-embedded';
import type { Bus, Checkpoints, Clock, Collection, Document, Documents, MetricStore, OutgoingRecord } from '@opsloop/ports';
import { createLogger, createOwnMetrics, type Part } from '@opsloop/runtime';
import { createManualClock, createTempDir, eventually, pause } from '@opsloop/testing';
import { createTickWriter } from './tick-writer.js';

interface Tick {
  readonly by: string;
  readonly records: readonly OutgoingRecord[];
}

const startMs = 1_700_000_000_000;
const folder = createTempDir();
let run = 0;
let documents: Documents & Part;
let clock: ReturnType<typeof createManualClock>;
let ticks: Tick[] = [];
const busDown = new Set<string>();
const documentsDown = new Set<string>();
/** Writers that run, and those of them that wait for their next second. */
let running = 0;
let asleep = 0;

beforeEach(async () => {
  clock = createManualClock(startMs);
  documents = createEmbeddedDocuments({ dataDir: folder.path, clock, fileName: `documents-${run++}.db` });
  await documents.start();
  ticks = [];
  running = asleep = 0;
  busDown.clear();
  documentsDown.clear();
});
afterEach(() => documents.stop(1_000));
afterAll(() => folder.remove());

/** The same collection, whose leases fail while `isDown`. */
function guarded<T extends Document>(collection: Collection<T>, isDown: () => boolean): Collection<T> {
  const check = async () => {
    if (isDown()) throw new Error('the documents are away');
  };
  return { ...collection, renew: (...args) => check().then(() => collection.renew(...args)), claim: (...args) => check().then(() => collection.claim(...args)) };
}

function createWriter(instance: string): Part {
  const bus = {
    async publish(topic: string, records: readonly OutgoingRecord[]) {
      if (busDown.has(instance)) throw new Error('the bus is away');
      expect(topic).toBe(topics.raw.name);
      ticks.push({ by: instance, records });
    },
  };
  const ownDocuments: Documents = { ...documents, collection: (spec) => guarded(documents.collection(spec), () => documentsDown.has(instance)) };
  const countedClock: Clock = {
    ...clock,
    async sleep(ms, signal) {
      asleep++;
      await clock.sleep(ms, signal);
      asleep--;
    },
  };
  const writer = createTickWriter({
    bus: bus as unknown as Bus, documents: ownDocuments, clock: countedClock, instance, settings: settingsSchema.parse({}), checkpoints: {} as Checkpoints,
    metricStore: {} as MetricStore, logger: createLogger('silent', 'test'), ownMetrics: createOwnMetrics(), reach: () => undefined,
  });
  let counted = 0;
  return {
    ...writer,
    async start() {
      counted = 1;
      running += counted;
      await writer.start();
    },
    async stop(deadlineMs) {
      await writer.stop(deadlineMs);
      running -= counted;
      counted = 0;
    },
  };
}

/** Lets seconds pass one by one, each until every writer has done what it does in it; returns who ticked in each. */
async function seconds(count: number): Promise<string[]> {
  const seen: string[] = [];
  for (let i = 0; i < count; i++) {
    const before = ticks.length;
    await clock.advance(1_000);
    await eventually('every writer waits for the next second', () => asleep === running);
    // For what must not happen.
    await pause(30);
    seen.push(ticks.slice(before).map((tick) => tick.by).join('+'));
  }
  return seen;
}

describe('the tick writer', () => {
  it('writes an empty record into every partition each second, with its arrival', async () => {
    const writer = createWriter('a');
    await writer.start();
    await eventually('the first tick', () => ticks.length > 0);
    expect(await seconds(5)).toEqual(['a', 'a', 'a', 'a', 'a']);
    const { records } = ticks.at(-1)!;
    expect(records.map(({ partition }) => partition)).toEqual(Array.from({ length: topics.raw.partitions }, (_, partition) => partition));
    for (const record of records) expect(record).toMatchObject({ key: 'tick', value: new Uint8Array(0), arrivalMs: startMs + 5_000 });
    await writer.stop(1_000);
    expect(await seconds(2)).toEqual(['', '']);
  });

  it('is one among several, and hands over at once when it stops', async () => {
    const [first, second] = [createWriter('a'), createWriter('b')];
    await first.start();
    await eventually('the first one has the lease', () => ticks.length > 0);
    await second.start();
    expect(await seconds(10)).toEqual(Array(10).fill('a'));
    await first.stop(1_000);
    expect((await seconds(3)).slice(1)).toEqual(['b', 'b']);
    await second.stop(1_000);
  });

  it('goes on after the bus was away', async () => {
    const writer = createWriter('a');
    await writer.start();
    await eventually('the first tick', () => ticks.length > 0);
    busDown.add('a');
    expect(await seconds(3)).toEqual(['', '', '']);
    busDown.clear();
    expect(await seconds(2)).toEqual(['a', 'a']);
    await writer.stop(1_000);
  });

  it('falls silent before its lease ends when it cannot renew it, and another takes over: never two in one second', async () => {
    const [first, second] = [createWriter('a'), createWriter('b')];
    await first.start();
    await eventually('the first one has the lease', () => ticks.length > 0);
    await second.start();
    await seconds(3);
    documentsDown.add('a');
    const seen = await seconds(12);
    expect(seen.filter((who) => who.includes('+'))).toEqual([]);
    expect(seen.lastIndexOf('a')).toBeLessThan(seen.indexOf('b'));
    expect(seen.filter((who) => who === '').length).toBeLessThanOrEqual(8);
    expect(seen.at(-1)).toBe('b');
    await first.stop(1_000);
    await second.stop(1_000);
  });

  it('is safe to stop before it started, and twice', async () => {
    const writer = createWriter('a');
    await writer.stop(1_000);
    await writer.start();
    await writer.stop(1_000);
    await writer.stop(1_000);
    const before = ticks.length;
    await seconds(2);
    expect(ticks).toHaveLength(before);
  });
});
