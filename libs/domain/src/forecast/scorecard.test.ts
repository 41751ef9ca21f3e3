import type { ForecastTotals } from '@opsloop/contracts';
import { addLevel, addTotals, createForecastTotals, settleCrossing, summariseTotals, type Announcement, type AwaitedCrossing } from './scorecard.js';
import { scorecardProblem, sumForecastScores } from './scorecard-gate.js';

const minute = 60_000;
const announced: Announcement = { madeAtMs: 0, earliestMs: 20 * minute, crossesAtMs: 30 * minute, latestMs: 40 * minute };
const rules = { slackMs: minute / 2, calmMs: 60 * minute };

/** One bin a minute, beyond the threshold in the minutes that are given. */
function settle(open: Announcement | undefined, minutes: number, ...beyond: readonly (readonly [from: number, to: number])[]): { totals: ForecastTotals; awaited: AwaitedCrossing } {
  const totals = createForecastTotals();
  const awaited: AwaitedCrossing = { open, beyondMs: undefined };
  for (let at = 0; at < minutes; at++) settleCrossing(awaited, { fromMs: at * minute, toMs: (at + 1) * minute, value: 0 }, beyond.some(([from, to]) => at >= from && at < to), rules, totals);
  return { totals, awaited };
}

test.each([[10, 'early'], [25, 'hit'], [40, 'hit'], [60, 'late']] as const)('a crossing after %i minutes of an interval of 20 to 40 is %s', (crossed, outcome) => {
  const { totals } = settle(announced, 70, [crossed, crossed + 5]);
  expect(totals).toMatchObject({ hit: 0, early: 0, late: 0, false: 0, missed: 0, [outcome]: 1 });
  expect(summariseTotals(totals)).toMatchObject({ scored: 1, meanLeadSeconds: crossed * 60, shortestLeadSeconds: crossed * 60, meanErrorSeconds: Math.abs(crossed - 30) * 60, falseRate: 0 });
});

test('what was announced and never comes is false', () => {
  const { totals, awaited } = settle(announced, 90);
  expect(summariseTotals(totals)).toMatchObject({ scored: 1, falseRate: 1, hitRate: 0, meanLeadSeconds: undefined });
  expect(awaited.open).toBeUndefined();
});

test('an interval without an end waits as long again as was foretold', () => {
  const open = { ...announced, latestMs: undefined };
  expect(settle(open, 60).totals.false).toBe(0);
  expect(settle(open, 63).totals.false).toBe(1);
  expect(settle(open, 70, [58, 60]).totals).toMatchObject({ hit: 1, late: 0, false: 0 });
});

test('a crossing that nobody announced is missed, once for as long as it comes back within the calm', () => {
  expect(settle(undefined, 200, [5, 30], [40, 50], [100, 110]).totals.missed).toBe(1);
  expect(settle(undefined, 300, [5, 30], [40, 50], [111, 120]).totals.missed).toBe(2);
});

test('totals of parts add up to those of the whole', () => {
  const sum = createForecastTotals();
  addTotals(sum, settle(announced, 70, [25, 30]).totals);
  addTotals(sum, settle(announced, 70, [10, 30]).totals);
  addTotals(sum, { ...createForecastTotals(), missed: 2, points: 10, covered: 8 });
  expect(summariseTotals(sum)).toEqual({ scored: 2, hitRate: 0.5, falseRate: 0, missedRate: 0.5, meanLeadSeconds: 17.5 * 60, shortestLeadSeconds: 600, meanErrorSeconds: 12.5 * 60, coverage: 0.8 });
});

test('each level has its own score, and the sums have them all, of whatever parts', () => {
  const crossed = settle(announced, 70, [25, 30]).totals;
  const never = settle(announced, 90).totals;
  const one = createForecastTotals();
  addLevel(one, 'warn', crossed);
  addLevel(one, 'critical', never);
  addLevel(one, 'info', createForecastTotals());
  const other = createForecastTotals();
  addLevel(other, 'critical', crossed);
  // Written before levels were told apart.
  const before: ForecastTotals = { ...createForecastTotals(), late: 1 };
  const sum = createForecastTotals();
  for (const part of [one, before, other]) addTotals(sum, part);
  expect(one).toMatchObject({ hit: 1, false: 1, levels: { critical: { hit: 0, false: 1 } } });
  expect(summariseTotals(sum)).toMatchObject({
    scored: 4, hitRate: 0.5,
    levels: [{ level: 'warn', scored: 1, hitRate: 1, meanLeadSeconds: 25 * 60 }, { level: 'critical', scored: 2, hitRate: 0.5, falseRate: 0.5 }],
  });
});

test('a gate asks for enough forecasts first, then for hits', () => {
  const soFar = { scored: 9, hits: 6 };
  expect(scorecardProblem({ minHitRate: 0.6, minScored: 10 }, soFar)).toBe('9 of its forecasts have been scored, and minScored is 10');
  expect(scorecardProblem({ minHitRate: 0.7, minScored: 9 }, soFar)).toBe('6 of 9 of its forecasts were hits, and minHitRate is 0.7');
  expect(scorecardProblem({ minHitRate: 0.6, minScored: 9 }, soFar)).toBeUndefined();
  expect(scorecardProblem({ minScored: 9 }, soFar)).toBeUndefined();
});

test('parts of a policy are added, but for those that forecast in another way', () => {
  const part = (key: string, hit: number, updatedAtMs: number) => ({ key, totals: { ...createForecastTotals(), hit }, updatedAtMs });
  expect(sumForecastScores([part('old', 50, 1), part('new', 2, 3), part('new', 3, 2)]).hit).toBe(5);
  expect(sumForecastScores([]).hit).toBe(0);
});
