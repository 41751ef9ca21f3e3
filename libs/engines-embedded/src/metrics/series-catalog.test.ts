import type { SeriesDictionary } from '@opsloop/contracts';
import { buildResource } from '@opsloop/testing';
import { SeriesCatalog } from './series-catalog.js';

const tenant = 'default';
const host = (uid: string) => buildResource({ uid });

/** Interns the series and notes when each had its newest window. */
function addSeries(catalog: SeriesCatalog, uid: string, dictionary: SeriesDictionary, startOf: (slot: number) => number): Int32Array {
  const ids = catalog.idsOf(catalog.resourceOf(host(uid)), dictionary);
  ids.forEach((id, slot) => (catalog.lastStartsMs[id] = startOf(slot)));
  return ids;
}
const many = (from: number, to: number, metrics = 1): SeriesDictionary => ({
  size: to - from,
  metrics: Array.from({ length: metrics }, (_, at) => `m.${at}`),
  labelSets: Array.from({ length: to - from }, (_, at) => ({ pod: `${from + at}` })),
  metricOf: Uint32Array.from({ length: to - from }, (_, at) => at % metrics),
  labelsOf: Uint32Array.from({ length: to - from }, (_, at) => at),
});
const podsOf = (catalog: SeriesCatalog, metric: string): string[] => Array.from(catalog.select({ tenant, metric }), (id) => catalog.get(id)!.labelSet.labels['pod']!);

describe('the series that a store forgets', () => {
  test('are forgotten in a moment, however many a metric has', () => {
    const catalog = new SeriesCatalog();
    addSeries(catalog, 'a', many(0, 100_000), (slot) => (slot % 2 === 0 ? 1 : 5));
    const beginning = performance.now();
    expect(catalog.forgetBefore(3).series).toHaveLength(50_000);
    expect(performance.now() - beginning).toBeLessThan(1_000);
    expect(podsOf(catalog, 'm.0')).toHaveLength(50_000);
    expect(podsOf(catalog, 'm.0').every((pod) => Number(pod) % 2 === 1)).toBe(true);
  });

  test('are forgotten so many at a time, with each resource when it has none left', () => {
    const catalog = new SeriesCatalog();
    for (const uid of ['a', 'b']) addSeries(catalog, uid, many(0, 9, 3), () => 1);
    addSeries(catalog, 'c', many(0, 1), () => 5);
    const rounds: [number, number][] = [];
    for (let round = catalog.forgetBefore(3, 7); round.series.length > 0; round = catalog.forgetBefore(3, 7)) rounds.push([round.series.length, round.resources.length]);
    expect(rounds.map(([series]) => series)).toEqual([7, 7, 4]);
    expect(rounds.reduce((sum, [, resources]) => sum + resources, 0)).toBe(2);
    expect(catalog.select({ tenant })).toHaveLength(1);
  });

  test('give their names free, and those that come after them are told apart', () => {
    const catalog = new SeriesCatalog();
    const found = new Set<number>();
    let highest = 0;
    for (let round = 0; round < 20; round++) {
      const ids = addSeries(catalog, 'a', many(round * 50, (round + 1) * 50, 5), () => round);
      for (const id of ids) found.add(id);
      highest = Math.max(highest, ...Array.from(ids, (id) => catalog.get(id)!.labelSet.number));
      catalog.forgetBefore(round);
      expect(podsOf(catalog, 'm.2')).toEqual(Array.from({ length: 10 }, (_, at) => `${round * 50 + at * 5 + 2}`));
    }
    expect(found.size).toBe(1_000);
    expect(highest).toBeLessThanOrEqual(100);
  });

  test('take those along that never had a window, when their resource has nothing else', () => {
    const catalog = new SeriesCatalog();
    addSeries(catalog, 'gone', many(0, 4), (slot) => (slot === 2 ? 1 : -Infinity));
    addSeries(catalog, 'here', many(0, 4), (slot) => (slot === 2 ? 5 : -Infinity));
    addSeries(catalog, 'last', many(0, 1), () => 5);
    expect([...catalog.forgetBefore(3, 1).series, ...catalog.forgetBefore(3).series].toSorted()).toEqual([0, 1, 2, 3]);
    expect(catalog.select({ tenant, resources: [host('here').id] })).toHaveLength(4);
    // It comes again, as a new one that is sent once more.
    catalog.takeUnsent();
    addSeries(catalog, 'gone', many(0, 4), () => 6);
    expect(catalog.takeUnsent().ids).toHaveLength(4);
  });
});
