import { forecastEndMs, foreseen, foretold } from './forecast-band.js';

const facts = { madeAt: '', within: '1h', crossings: [], model: '', why: '', points: [[10, 5, 4, 6], [20, 7, 5, 9]] as [number, number, number, number][], scored: 0, hits: 0 };

test('an alarm has the path that was foreseen, with its edges', () => {
  expect(foreseen({ forecast: facts })).toEqual([{ points: [{ atMs: 10, value: 5, low: 4, high: 6 }, { atMs: 20, value: 7, low: 5, high: 9 }] }]);
  expect(foreseen({})).toEqual([]);
});

test('a backtest has a band for each series that was forecast', () => {
  const series = { resource: 'r', resourceName: 'r', labels: {}, alarms: 0, points: [] };
  const bands = foretold([{ ...series, foretold: [[1, 2, 3], [4, 5, 6]] }, series]);
  expect(bands).toEqual([{ points: [{ atMs: 1, low: 2, high: 3 }, { atMs: 4, low: 5, high: 6 }] }]);
  expect([forecastEndMs(bands), forecastEndMs([])]).toEqual([4, -Infinity]);
});
