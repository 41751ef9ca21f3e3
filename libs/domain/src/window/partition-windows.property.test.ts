/** Windows against a slow and simple reference: they depend on the set of batches, not on their order, repetition or restarts. */
import type { RawBatch, WindowBatch } from '@opsloop/contracts';
import { buildRawBatch, type BuiltSample } from '@opsloop/testing';
import fc from 'fast-check';
import { decodePartitionWindows, encodePartitionWindows } from './partition-windows-codec.js';
import { createPartitionWindows, stepBatch, stepTick, type PartitionWindows } from './partition-windows.js';
import { seriesText } from './series-text.js';
import { createWindowTools } from './window-tools.js';

const settings = { widthMs: 10_000, graceMs: 2_000, latenessMs: 60_000, idleMs: 30_000, maxSeries: 1_000 };
const spanMs = 20_000;

/** Raw name, catalogue name, labels, and what the catalogue makes of it. */
const series = [
  { metric: 'app.orders', labels: { shop: 'a' }, name: 'app.orders', kind: 'gauge', scale: 1, offset: 0 },
  { metric: 'app.orders', labels: { shop: 'b' }, name: 'app.orders', kind: 'gauge', scale: 1, offset: 0 },
  { metric: 'net.speed', labels: { interface: 'eth0' }, name: 'net.speed', kind: 'gauge', scale: 125_000, offset: 0 },
  { metric: 'net.bytes_recv', labels: { interface: 'eth0' }, name: 'net.bytes_recv', kind: 'counter', scale: 1, offset: 0 },
  { metric: 'net.bytes_recv', labels: { interface: 'eth1' }, name: 'net.bytes_recv', kind: 'counter', scale: 1, offset: 0 },
  { metric: 'diskio.read_time', labels: { name: 'sda' }, name: 'diskio.read_time', kind: 'counter', scale: 0.001, offset: 0 },
] as const;

interface Sent {
  readonly batch: RawBatch;
  readonly position: number;
  readonly arrivalMs: number;
}

interface Totals {
  count: number;
  sum: number;
  min: number;
  max: number;
  last: number;
  lastTimeMs: number;
}

/** Samples in groups of one source and some 20 s, in an order in which none is later than the bound. */
const groups = fc.array(
  fc.record({
    source: fc.constantFrom('agent', 'fetcher'),
    startMs: fc.integer({ min: 0, max: 150 }).map((n) => n * 2_000),
    delayMs: fc.integer({ min: 0, max: 38_000 }),
    samples: fc.array(fc.record({ series: fc.nat(series.length - 1), offsetMs: fc.integer({ min: 0, max: 40 }).map((n) => n * 500), value: fc.integer({ min: 0, max: 1_000 }) }), { minLength: 1, maxLength: 12 }),
  }),
  { minLength: 1, maxLength: 40 },
);

type Groups = typeof groups extends fc.Arbitrary<infer T> ? T : never;

function toSent(list: Groups, epochMs: number, arrivalOffsetMs: number): Sent[] {
  return list
    .toSorted((a, b) => a.startMs + a.delayMs - (b.startMs + b.delayMs))
    .map(({ source, startMs, delayMs, samples }, index) => {
      const built = samples.map(({ series: one, offsetMs, value }): BuiltSample => ({ metric: series[one]!.metric, labels: series[one]!.labels, timeMs: epochMs + startMs + offsetMs, value }));
      return { batch: buildRawBatch({ source, samples: built }), position: index * 3 + 7, arrivalMs: epochMs + startMs + delayMs + spanMs + arrivalOffsetMs };
    });
}

/** Every window of a set of batches, computed in one go. */
function referenceWindows(sent: readonly Sent[]): Map<string, Totals> {
  const bySeries = new Map<string, { timeMs: number; value: number; position: number }[]>();
  for (const { batch, position } of sent) {
    for (const { timeMs, slots, values } of batch.rows) {
      for (const [i, value] of values.entries()) {
        const slot = slots ? slots[i]! : i;
        const text = seriesText(batch.dictionary.metrics[batch.dictionary.metricOf[slot]!]!, batch.dictionary.labelSets[batch.dictionary.labelsOf[slot]!]!);
        bySeries.set(text, [...(bySeries.get(text) ?? []), { timeMs, value, position }]);
      }
    }
  }
  const windows = new Map<string, Totals>();
  for (const one of series) {
    const samples = (bySeries.get(seriesText(one.metric, one.labels)) ?? []).toSorted((a, b) => a.timeMs - b.timeMs || a.position - b.position);
    const values = one.kind === 'counter' ? ratesOf(samples, one.scale) : samples.map(({ timeMs, value }) => ({ timeMs, value: value * one.scale + one.offset }));
    for (const { timeMs, value } of values) {
      const key = `${seriesText(one.name, one.labels)}@${Math.floor(timeMs / settings.widthMs) * settings.widthMs}`;
      const before = windows.get(key) ?? { count: 0, sum: 0, min: Infinity, max: -Infinity, last: 0, lastTimeMs: 0 };
      windows.set(key, { count: before.count + 1, sum: before.sum + value, min: Math.min(before.min, value), max: Math.max(before.max, value), last: value, lastTimeMs: timeMs });
    }
  }
  return windows;
}

function ratesOf(samples: readonly { timeMs: number; value: number }[], scale: number) {
  const distinct = [...new Map(samples.map((sample) => [sample.timeMs, sample])).values()];
  return distinct.slice(1).map(({ timeMs, value }, index) => {
    const before = distinct[index]!;
    const increase = value >= before.value ? value - before.value : value;
    return { timeMs, value: (increase / ((timeMs - before.timeMs) / 1000)) * scale };
  });
}

interface Emitted extends Omit<WindowBatch, 'count' | 'sum' | 'min' | 'max' | 'last' | 'lastTimeMs' | 'slots'> {
  readonly windows: Map<string, Totals>;
}

function copyOf(batch: WindowBatch): Emitted {
  const { count, sum, min, max, last, lastTimeMs, slots, dictionary, ...rest } = batch;
  const windows = new Map<string, Totals>();
  for (let i = 0; i < count.length; i++) {
    const slot = slots ? slots[i]! : i;
    const text = seriesText(dictionary.metrics[dictionary.metricOf[slot]!]!, dictionary.labelSets[dictionary.labelsOf[slot]!]!);
    windows.set(`${text}@${batch.startMs}`, { count: count[i]!, sum: sum[i]!, min: min[i]!, max: max[i]!, last: last[i]!, lastTimeMs: lastTimeMs[i]! });
  }
  expect(windows.size).toBe(count.length);
  return { ...rest, dictionary, windows };
}

/** Steps through the log with a tick each second, then lets silence close the rest. `cutBefore`: snapshot and read again before these steps. */
function run(sent: readonly Sent[], cutBefore: ReadonlySet<number> = new Set()): { emitted: Emitted[]; state: PartitionWindows; late: number } {
  let state = createPartitionWindows(createWindowTools(settings));
  const emitted: Emitted[] = [];
  let late = 0;
  const emit = (batch: WindowBatch) => void emitted.push(copyOf(batch));
  for (const [index, { batch, position, arrivalMs }] of sent.entries()) {
    if (cutBefore.has(index)) {
      late += state.stats.dropped.late;
      state = decodePartitionWindows([...encodePartitionWindows(state)], createWindowTools(settings));
    }
    for (let tickMs = Math.ceil(Math.max(state.clockMs, arrivalMs - 60_000) / 1000) * 1000; tickMs < arrivalMs; tickMs += 1000) stepTick(state, tickMs, emit);
    stepBatch(state, batch, { position, arrivalMs }, emit);
  }
  stepTick(state, state.clockMs + 120_000, emit);
  return { emitted, state, late: late + state.stats.dropped.late };
}

/** History as a store keeps it: the highest revision of each window. */
function historyOf(emitted: readonly Emitted[]): Map<string, Totals> {
  const kept = new Map<string, { revision: number; totals: Totals }>();
  for (const { revision, windows } of emitted) {
    for (const [key, totals] of windows) {
      const before = kept.get(key);
      if (before && before.revision === revision) expect(totals).toEqual(before.totals);
      if (!before || revision > before.revision) kept.set(key, { revision, totals });
      // A window that is emitted anew is never older than what was told before.
      expect(revision).toBeGreaterThanOrEqual(before?.revision ?? 0);
    }
  }
  return new Map([...kept].map(([key, { totals }]) => [key, totals]));
}

/** Without a matcher for each number: those took a quarter of the time of these tests. */
function expectSame(actual: Map<string, Totals>, expected: Map<string, Totals>): void {
  expect([...actual.keys()].toSorted()).toEqual([...expected.keys()].toSorted());
  const differing = [...expected].filter(([key, wanted]) => !isSame(actual.get(key)!, wanted)).map(([key, wanted]) => ({ key, wanted, found: actual.get(key) }));
  expect(differing).toEqual([]);
}

function isSame(found: Totals, wanted: Totals): boolean {
  const isClose = (name: 'sum' | 'min' | 'max' | 'last'): boolean => Math.abs(found[name] - wanted[name]) <= 1e-9 * Math.max(1, Math.abs(wanted[name]));
  return found.count === wanted.count && found.lastTimeMs === wanted.lastTimeMs && isClose('sum') && isClose('min') && isClose('max') && isClose('last');
}

const epochs = fc.constantFrom(0, 1_400_000_000_000, 1_763_000_005_000);
const arrivalOffsets = fc.constantFrom(0, 377_000_000_000);

describe('windows of a partition', () => {
  it('equal the reference for any order within the lateness bound', () => {
    fc.assert(
      fc.property(groups, epochs, arrivalOffsets, (list, epochMs, offsetMs) => {
        const sent = toSent(list, epochMs, offsetMs);
        const { emitted, late } = run(sent);
        expect(late).toBe(0);
        expectSame(historyOf(emitted), referenceWindows(uniqueOf(sent)));
      }),
      { numRuns: 200 },
    );
  });

  it('are the same when batches come twice', () => {
    fc.assert(
      fc.property(groups, fc.array(fc.nat(), { maxLength: 20 }), (list, picks) => {
        const sent = uniqueOf(toSent(list, 0, 0));
        const again = picks.map((pick) => sent[pick % sent.length]!).map((one) => ({ ...one, arrivalMs: one.arrivalMs + 40_000 }));
        const both = [...sent, ...again].toSorted((a, b) => a.arrivalMs - b.arrivalMs).map((one, position) => ({ ...one, position }));
        const once = both.filter((one, index) => both.findIndex(({ batch }) => keyOf(batch) === keyOf(one.batch)) === index);
        const { emitted, state } = run(both);
        expect(state.stats.dropped.duplicate > 0).toBe(both.length > once.length);
        expectSame(historyOf(emitted), referenceWindows(once));
      }),
      { numRuns: 100 },
    );
  });

  it('are emitted alike, revisions included, when the state is read from a snapshot at any point', () => {
    fc.assert(
      fc.property(groups, epochs, fc.array(fc.nat(39), { maxLength: 6 }), (list, epochMs, cuts) => {
        const sent = toSent(list, epochMs, 0);
        expect(run(sent, new Set(cuts)).emitted).toEqual(run(sent).emitted);
      }),
      { numRuns: 150 },
    );
  });

  it('close once, in order, and closedToMs never runs ahead of them', () => {
    fc.assert(
      fc.property(groups, (list) => {
        const closedTo = new Map<string, number>();
        for (const { source, startMs, widthMs, closedToMs, correction } of run(toSent(list, 0, 0)).emitted) {
          const before = closedTo.get(source) ?? -Infinity;
          if (correction) expect(startMs + widthMs).toBeLessThanOrEqual(closedToMs);
          else expect(startMs + widthMs).toBeGreaterThan(before);
          expect(closedToMs).toBeGreaterThanOrEqual(Math.max(before, startMs + widthMs));
          closedTo.set(source, closedToMs);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('count every sample that does not count', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ timeMs: fc.integer({ min: 0, max: 3_600 }).map((s) => s * 1000), value: fc.integer() }), { minLength: 1, maxLength: 60 }), (samples) => {
        const sent = samples.map((sample, position) => ({ batch: buildRawBatch({ samples: [{ metric: 'app.x', ...sample }] }), position, arrivalMs: 4_000_000 + position }));
        const { emitted, state } = run(sent);
        const counted = [...historyOf(emitted).values()].reduce((sum, { count }) => sum + count, 0);
        expect(counted + state.stats.dropped.late + state.stats.dropped.duplicate).toBe(samples.length);
        expect(state.stats.samples + state.stats.dropped.duplicate).toBe(samples.length);
      }),
    );
  });
});

const keyOf = ({ contentHash: { high, low } }: RawBatch): string => `${high} ${low}`;

/** The first of batches with the same content: the others do not count. */
function uniqueOf(sent: readonly Sent[]): Sent[] {
  return [...new Map(sent.toReversed().map((one) => [keyOf(one.batch), one])).values()].toSorted((a, b) => a.position - b.position);
}
