/** A sample that no later one can undo opens its alarm at once, and once, wherever a process dies on the way. */
import type { Resource } from '@opsloop/contracts';
import { buildResource, eventually, pause, settledAlarms } from '@opsloop/testing';
import { createLoopUnderTest, type LoopUnderTest, type TestRow } from './loop-under-test.js';

let loop: LoopUnderTest;
/** The start of a window, some minutes ago. */
const startMs = Math.floor(Date.now() / 10_000) * 10_000 - 600_000;
/** Rows of one second before the crossing, so that the sender counts as one that sends in order. */
const calmS = 60;
let clockMs = startMs;

function rowsOf(resource: Resource, from: number, to: number, load: (second: number) => number): TestRow[] {
  return Array.from({ length: to - from }, (_, index) => {
    const timeMs = startMs + (from + index) * 1_000 + 400;
    return { resource, timeMs, arrivalMs: timeMs + 50, values: { load: load(from + index), other: 99 } };
  });
}

async function send(rows: readonly TestRow[]): Promise<void> {
  await loop.send(rows);
  clockMs = Math.max(clockMs, rows.at(-1)!.arrivalMs);
}

/** Calm rows, until the trigger has met the series and read its history. */
async function begin(resources: readonly Resource[], policies: number): Promise<void> {
  const before = await loop.metric('trigger_series_seeded_total');
  for (const resource of resources) await send(rowsOf(resource, 0, calmS, () => 10));
  await eventually('the series have their history', async () => (await loop.metric('trigger_series_seeded_total')) >= before + policies * resources.length, 60_000);
  await loop.tick(clockMs);
  await loop.settled();
}

beforeAll(async () => {
  loop = await createLoopUnderTest();
  await loop.store('peak', { aggregate: 'MAX', threshold: { warn: '> 80', critical: '> 95' } });
  await loop.start();
}, 60_000);
afterAll(async () => loop.stop());

function told(resource: Resource): string[] {
  return loop.alarms.filter(({ data }) => data.resource.id === resource.id).map(({ type, data }) => `${(data.atMs - startMs) / 1000} ${type.slice(6)} ${data.level} ${data.transition}`);
}

describe('a sample beyond a threshold', () => {
  it('opens its alarm before the window ends, and leaves no trace in history', async () => {
    const resource = buildResource({ uid: 'early' });
    await begin([resource], 1);
    await send(rowsOf(resource, calmS, calmS + 4, (second) => (second === calmS + 3 ? 90 : 10)));
    await eventually('the alarm is open', () => told(resource).length === 1);
    expect(told(resource)).toEqual(['70 opened warn 1']);
    const { data } = loop.alarms.find((one) => one.data.resource.id === resource.id)!;
    expect(data).toMatchObject({ value: 90, windowStartMs: startMs + 60_000, windowEndMs: startMs + 70_000, pendingSinceMs: startMs + 60_000, trace: { sampleMs: startMs + 63_400, arrivalMs: startMs + 63_450 } });
    const own = () => loop.windows.filter((batch) => batch.resource.id === resource.id);
    const open = own().filter((batch) => batch.startMs === startMs + 60_000);
    expect(open.map(({ provisional, dictionary, slots }) => [provisional, [...slots!].map((slot) => dictionary.metrics[dictionary.metricOf[slot]!])])).toEqual([[true, ['app.load']]]);
    // It goes further within the window, then it is over.
    await send(rowsOf(resource, calmS + 4, calmS + 30, (second) => (second === calmS + 5 ? 99 : 10)));
    await eventually('the alarm is resolved', () => told(resource).length === 3);
    expect(told(resource)).toEqual(['70 opened warn 1', '70 level-changed critical 2', '80 resolved critical 3']);
    await eventually('history is written', async () => {
      const [series] = [...(await loop.metricStore.query({ selector: { tenant: 'default', metric: 'app.load', resources: [resource.id] }, fromMs: startMs, toMs: startMs + 80_000, stepMs: 10_000, tier: 'base' }))];
      return series?.count.length === 8 && [...series.count].every((count) => count === 10);
    });
    // What nobody waits for is never told of early: two crossings, two provisional windows.
    expect(own().filter(({ provisional }) => provisional)).toHaveLength(2);
  }, 90_000);

  it('opens it once, whichever process dies where', async () => {
    const points = ['before-emit', 'after-emit', 'before-checkpoint', 'after-checkpoint'].flatMap((point) => [`aggregator.${point}`, `trigger.${point}`]);
    const resources = points.map((_, index) => buildResource({ uid: `mortal-${index}` }));
    await begin(resources, 1);
    for (const [index, point] of points.entries()) {
      const resource = resources[index]!;
      loop.arm(point);
      await send(rowsOf(resource, calmS, calmS + 4, (second) => (second === calmS + 3 ? 99 : 10)));
      // Snapshots are made with the batch that follows their time.
      for (let tries = 0; loop.isArmed() && tries < 100; tries++) {
        await pause(50);
        await loop.tick(clockMs);
      }
      expect(`${point} ${String(loop.isArmed())}`).toBe(`${point} false`);
      await loop.start();
      const ticking = setInterval(() => void loop.tick(clockMs), 500);
      await eventually(`the alarm is open after ${point}`, () => told(resource).length > 0, 30_000);
      clearInterval(ticking);
      expect(told(resource)[0]).toBe('70 opened critical 1');
    }
    for (const resource of resources) await send(rowsOf(resource, calmS + 4, calmS + 30, () => 10));
    for (const resource of resources) await eventually('the alarm is resolved', () => told(resource).some((line) => line.includes('resolved')), 30_000);
    await loop.settled();
    for (const resource of resources) {
      expect(settledAlarms(loop.alarms.filter(({ data }) => data.resource.id === resource.id)).map(({ atMs, state }) => `${(atMs - startMs) / 1000} ${state}`)).toEqual(['70 critical', '80 resolved']);
      expect(new Set(told(resource))).toEqual(new Set(['70 opened critical 1', '80 resolved critical 2']));
    }
  }, 240_000);
});
