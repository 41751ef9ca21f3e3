import { alignSeries, axisRange, lonePlaces, mostImportant, summarise, withoutIdle, type ChartSeries } from './chart-data.js';

const series = (key: string, points: ChartSeries['points']): ChartSeries => ({ key, name: key, points });

describe('alignSeries', () => {
  test('series on one grid are put side by side', () => {
    expect(alignSeries([series('a', [[0, 1], [10, null]]), series('b', [[0, 3], [10, 4]])])).toEqual([[0, 10], [1, null], [3, 4]]);
  });
  test('other grids are merged; a time that a series does not have is no gap', () => {
    expect(alignSeries([series('a', [[0, 1], [20, 2]]), series('b', [[10, 5], [20, null], [30, 6]])])).toEqual([
      [0, 10, 20, 30],
      [1, undefined, 2, undefined],
      [undefined, 5, null, 6],
    ]);
  });
  test('what is measured more rarely than the step is one line, and a longer silence a gap', () => {
    const every = (steps: number, silent: (index: number) => boolean): ChartSeries['points'] => Array.from({ length: 60 }, (_, index) => [index * 10, index % steps === 0 && !silent(index) ? index : null]);
    const [, column = []] = alignSeries([series('a', every(3, (index) => index > 20 && index < 40))]);
    expect(column.slice(0, 19)).not.toContain(null);
    expect(column.slice(19, 42)).toContain(null);
    expect(column.slice(42, 58)).not.toContain(null);
    // Measured with each step: one missing value is a gap.
    const [, whole = []] = alignSeries([series('a', every(1, (index) => index === 20))]);
    expect(whole[20]).toBeNull();
  });
  test('on a merged grid too', () => {
    const rare: ChartSeries['points'] = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((index) => [index * 10, index % 2 === 0 ? index : null]);
    expect(alignSeries([series('a', rare), series('b', [[5, 1]])])[1]).toEqual([0, undefined, undefined, 2, undefined, 4, undefined, 6, undefined, 8]);
  });
  test('nothing is nothing', () => {
    expect(alignSeries([])).toEqual([[]]);
  });
});

test('values that no line reaches are found, to be drawn as points', () => {
  expect(lonePlaces([1, null, 2, 3, null, undefined, 4, undefined, null, 5])).toEqual([0, 6, 9]);
  expect(lonePlaces([1, undefined, 2, null])).toEqual([]);
  expect(lonePlaces([])).toEqual([]);
});

test('a summary leaves out what was not measured', () => {
  expect(summarise([[0, 2], [1, null], [2, 6], [3, null]])).toEqual({ last: 6, min: 2, max: 6, mean: 4 });
  expect(summarise([[0, null]])).toEqual({ last: null, min: null, max: null, mean: null });
});

describe('axisRange', () => {
  const flat = (value: number): ChartSeries[] => [series('a', [[0, value]])];
  test('percentages stand on zero, and high ones show the whole', () => {
    expect(axisRange(flat(55), 'percent')).toEqual([0, 100]);
    expect(axisRange(flat(3), 'percent')).toEqual([0, 5]);
    expect(axisRange([], 'percent')).toEqual([0, 100]);
  });
  test('it does not change with every value', () => {
    expect(axisRange(flat(101), 'count')).toEqual(axisRange(flat(108), 'count'));
  });
  test('thresholds are always in sight', () => {
    expect(axisRange(flat(3), 'percent', [95])).toEqual([0, 100]);
    expect(axisRange(flat(10), 'count', [500])[1]).toBeGreaterThan(500);
    expect(axisRange(flat(10), 'celsius', [-5])[0]).toBeLessThan(-5);
  });
  test('zeros alone still have an axis', () => {
    const [low, high] = axisRange(flat(0), 'count');
    expect(high).toBeGreaterThan(low);
  });
  test('values below zero are shown', () => {
    expect(axisRange([series('a', [[0, -30], [1, 10]])], 'celsius')).toEqual([-40, 15]);
  });
});

test('of many lines, the highest are drawn and the others counted', () => {
  const all = [1, 9, 5].map((value) => series(String(value), [[0, value]]));
  const { shown, hidden } = mostImportant(all, 2);
  expect(shown.map((one) => one.key)).toEqual(['9', '5']);
  expect(hidden).toBe(1);
  expect(mostImportant(all, 3)).toEqual({ shown: all, hidden: 0 });
});

test('lines that belong together are drawn together, and what was always 0 is left out', () => {
  const all = [['in|eth0', 3], ['in|eth1', 9], ['in|lo', 0], ['out|eth0', 5], ['out|eth1', 1], ['out|lo', 0]].map(([key, value]) => series(key as string, [[0, value as number]]));
  const { shown, hidden } = mostImportant(withoutIdle(all), 3, (one) => one.key.split('|')[1]!);
  expect(shown.map((one) => one.key)).toEqual(['in|eth1', 'out|eth1']);
  expect(hidden).toBe(2);
  expect(withoutIdle(all.filter((one) => one.key.endsWith('lo')))).toHaveLength(2);
});
