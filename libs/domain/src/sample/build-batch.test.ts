import * as fc from 'fast-check';
import type { RawBatch } from '@opsloop/contracts';
import { buildBatch, createBatchOwner } from './build-batch.js';
import { hashRow } from './hash-row.js';
import { SampleLog } from './sample-log.js';
import { SeriesTable } from './series-table.js';

type Sample = readonly [metric: string, cpu: string, timeMs: number, value: number];

const resource = { id: 'r', tenant: 'default', provider: 'local', region: 'default', kind: 'host', uid: 'web-1' };

/** A process of its own: builds one batch after the other, remembering what it saw. */
function createBuilder(source = 'agents') {
  const table = new SeriesTable(resource, 0);
  const owner = createBatchOwner(table, source);
  const log = new SampleLog();
  return (samples: readonly Sample[]): RawBatch => {
    log.clear();
    for (const [metric, cpu, timeMs, value] of samples) {
      const labels = table.findLabels({ cpu }) ?? table.addLabels({ cpu });
      const id = table.find(metric, labels) ?? table.add(metric, labels);
      log.append(timeMs, Int32Array.of(id), Float64Array.of(value), 1);
    }
    const batch = buildBatch(owner, { host: 'web-1' }, log);
    return { ...batch, rows: batch.rows.map((row) => ({ ...row, values: row.values.slice() })) };
  };
}

/** What a batch says, in a form that does not depend on slots. */
function contentOf({ dictionary, rows }: RawBatch): string[] {
  return rows
    .flatMap(({ timeMs, slots, values }) => [...values].map((value, i) => {
      const slot = slots ? slots[i]! : i;
      return JSON.stringify([timeMs, dictionary.metrics[dictionary.metricOf[slot]!], dictionary.labelSets[dictionary.labelsOf[slot]!], value]);
    }))
    .toSorted();
}

function expectedContent(samples: readonly Sample[]): string[] {
  const last = new Map(samples.map(([metric, cpu, timeMs, value]) => [JSON.stringify([timeMs, metric, cpu]), JSON.stringify([timeMs, metric, { cpu }, value])]));
  return [...last.values()].toSorted();
}

const usual: Sample[] = ['user', 'system', 'idle'].flatMap((field) => ['cpu0', 'cpu1'].map((cpu, i): Sample => [`cpu.${field}`, cpu, 1000, i + 1]));
const anySamples = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('x', 'y'), fc.constantFrom(1000, 1000, 2000, 1500.25), fc.double({ noNaN: true }).map((value) => value + 0)), { maxLength: 25 });

describe('buildBatch', () => {
  it('holds each series once per time with its last value, rows ascending by time, slots ascending', () => {
    const build = createBuilder();
    fc.assert(
      fc.property(anySamples, (samples) => {
        const batch = build(samples);
        expect(contentOf(batch)).toEqual(expectedContent(samples));
        expect(batch.rows.map((row) => row.timeMs)).toEqual([...new Set(samples.map((sample) => sample[2]))].toSorted((a, b) => a - b));
        for (const { slots, values } of batch.rows) {
          expect([...(slots ?? [])]).toEqual([...new Set(slots ?? [])].toSorted((a, b) => a - b));
          expect(values).toHaveLength(slots?.length ?? batch.dictionary.size);
        }
      }),
    );
  });

  it('gives the usual batch as one full row', () => {
    const build = createBuilder();
    for (let round = 0; round < 3; round++) {
      const { rows, dictionary } = build(usual);
      expect(rows).toEqual([{ timeMs: 1000, slots: undefined, values: Float64Array.of(1, 2, 1, 2, 1, 2) }]);
      expect(dictionary.size).toBe(6);
    }
  });

  it('keeps the dictionary while the series stay the same, in whatever order they come', () => {
    const build = createBuilder();
    const { dictionary } = build(usual);
    expect(build(usual.toReversed()).dictionary).toBe(dictionary);
    expect(contentOf(build(usual.toReversed()))).toEqual(expectedContent(usual));
    expect(build(usual.slice(1)).dictionary).toBe(dictionary);
  });

  it('keeps a dictionary for each of a few sets that alternate', () => {
    const build = createBuilder();
    const small: Sample[] = [['mem.used', '', 1000, 1]];
    const first = [build(usual).dictionary, build(small).dictionary, build([...usual, ...small]).dictionary];
    expect([build(usual).dictionary, build(small).dictionary, build([...usual, ...small]).dictionary].map((one, i) => one === first[i])).toEqual([true, true, true]);
    expect(first.map((one) => one.size)).toEqual([6, 1, 7]);
    // One series out of many does not carry the names of all.
    const wide = Array.from({ length: 40 }, (_, i): Sample => [`m.f${i}`, '', 1000, i]);
    build(wide);
    expect(build(wide.slice(3, 4)).dictionary.size).toBe(1);
  });

  it('holds more series than any batch before', () => {
    const samples = Array.from({ length: 3000 }, (_, i): Sample => [`m.f${i % 1500}`, '', 1000 + Math.floor(i / 1500), i]);
    const batch = createBuilder()(samples);
    expect(batch.dictionary.size).toBe(1500);
    expect(contentOf(batch)).toEqual(expectedContent(samples));
  });

  it('makes a batch without rows of a log without samples', () => {
    expect(createBuilder()([])).toMatchObject({ rows: [], dictionary: { size: 0 } });
  });
});

describe('the content hash', () => {
  it('is the same in another process, whatever that saw before and in whatever order the samples came', () => {
    fc.assert(
      fc.property(anySamples, anySamples, fc.nat(), (samples, before, turn) => {
        const other = createBuilder();
        other(before);
        const distinct = [...new Map(samples.map((sample) => [JSON.stringify(sample.slice(0, 3)), sample])).values()];
        const turned = [...distinct.slice(turn % (distinct.length + 1)), ...distinct.slice(0, turn % (distinct.length + 1))];
        expect(other(turned).contentHash).toEqual(createBuilder()(distinct).contentHash);
      }),
    );
  });

  it('differs when anything differs', () => {
    const [metric, cpu, timeMs, value] = usual[0]!;
    const rest = usual.slice(1);
    const variants: Sample[][] = [usual, rest, [...usual, ['cpu.x', cpu, timeMs, value]], [['cpu.x', cpu, timeMs, value], ...rest], [[metric, 'cpu9', timeMs, value], ...rest], [[metric, cpu, timeMs + 0.001, value], ...rest], [[metric, cpu, timeMs, value + 1e-9], ...rest]];
    const hashes = [...variants.map((samples) => createBuilder()(samples).contentHash), createBuilder('other')(usual).contentHash];
    expect(new Set(hashes.map(({ high, low }) => `${high} ${low}`)).size).toBe(variants.length + 1);
    for (const word of hashes.flatMap(({ high, low }) => [high, low])) expect(word).toBe(word >>> 0);
  });

  it('does not change from one release to the next', () => {
    expect(createBuilder()(usual).contentHash).toEqual({ high: 0x432d450f, low: 0x45ea3e88 });
  });

  it('tells batches of swapped values apart', () => {
    const swapped = usual.map(([metric, cpu, timeMs, value]): Sample => [metric, cpu, timeMs, 3 - value]);
    expect(createBuilder()(swapped).contentHash).not.toEqual(createBuilder()(usual).contentHash);
  });

  it('does not collide among many near batches', () => {
    const build = createBuilder();
    const hashes = new Set<string>();
    const add = ({ contentHash: { high, low } }: RawBatch) => hashes.add(`${high} ${low}`);
    for (let value = 0; value < 20_000; value++) add(build([['m.f', '', 1000, value]]));
    for (let time = 0; time < 20_000; time++) add(build([['m.f', '', 2000 + time, 0]]));
    expect(hashes.size).toBe(40_000);
  });
});

it('a row is known by the hash of a batch that holds it alone, whatever else its batch holds', () => {
  const alone = createBuilder()(usual);
  const later = usual.map(([metric, cpu, , value]): Sample => [metric, cpu, 2000, value + 1]);
  const both = createBuilder()([...later, ['cpu.iowait', 'cpu1', 2000, 1], ...usual.toReversed()]);
  expect(both.rows.map((row) => hashRow(both, row))[0]).toEqual(alone.contentHash);
  expect(hashRow(both, both.rows[1]!)).not.toEqual(createBuilder()(later).contentHash);
  const elsewhere = createBuilder('others')(usual);
  expect(hashRow(elsewhere, elsewhere.rows[0]!)).not.toEqual(alone.contentHash);
});
