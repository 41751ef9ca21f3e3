import { createScorecard, noteForecast, noteMeasured, summariseScorecard, type Announcement, type Scorecard } from './scorecard.js';

const minute = 60_000;
const announced: Announcement = { madeAtMs: 0, earliestMs: 20 * minute, crossesAtMs: 30 * minute, latestMs: 40 * minute };

/** One bin a minute; the threshold is 90. */
function measure(card: Scorecard, from: number, to: number, value: number): Scorecard {
  let next = card;
  for (let at = from; at < to; at++) next = noteMeasured(next, { fromMs: at * minute, toMs: (at + 1) * minute, value, isCrossed: value >= 90, slackMs: minute / 2 });
  return next;
}

function crossingAt(crossed: number): Scorecard {
  return measure(measure(noteForecast(createScorecard(), announced, []), 0, crossed, 50), crossed, crossed + 5, 95);
}

test.each([[10, 'early'], [25, 'hit'], [40, 'hit'], [60, 'late']] as const)('a crossing after %i minutes of an interval of 20 to 40 is %s', (crossed, outcome) => {
  const card = crossingAt(crossed);
  expect(card.outcomes).toEqual({ hit: 0, early: 0, late: 0, false: 0, missed: 0, [outcome]: 1 });
  expect(summariseScorecard(card)).toMatchObject({ announced: 1, meanLeadMs: crossed * minute, shortestLeadMs: crossed * minute, meanErrorMs: Math.abs(crossed - 30) * minute, falseRate: 0 });
});

test('what was announced and never comes is false', () => {
  const card = measure(noteForecast(createScorecard(), announced, []), 0, 90, 50);
  expect(summariseScorecard(card)).toMatchObject({ announced: 1, falseRate: 1, hitRate: 0, meanLeadMs: undefined });
  expect(card.open).toBeUndefined();
});

test('an interval without an end waits as long again as was foretold', () => {
  const open = noteForecast(createScorecard(), { ...announced, latestMs: Infinity }, []);
  expect(measure(open, 0, 60, 50).outcomes.false).toBe(0);
  expect(measure(open, 0, 63, 50).outcomes.false).toBe(1);
});

test('a crossing that nobody announced is missed, and counts once however long it lasts', () => {
  const card = measure(measure(measure(createScorecard(), 0, 5, 50), 5, 30, 95), 30, 40, 50);
  expect(card.outcomes.missed).toBe(1);
  expect(summariseScorecard(card)).toMatchObject({ announced: 0, hitRate: undefined, missedRate: 1 });
});

test('the first announcement is the one that is judged', () => {
  const first = noteForecast(createScorecard(), announced, []);
  const later = noteForecast(first, { madeAtMs: 10 * minute, earliestMs: 50 * minute, crossesAtMs: 60 * minute, latestMs: 70 * minute }, []);
  expect(later.open).toEqual(announced);
});

test('while the threshold is crossed nothing is announced', () => {
  const crossed = measure(createScorecard(), 0, 3, 95);
  expect(noteForecast(crossed, announced, []).open).toBeUndefined();
});

test('coverage counts points whose time came; a gap judges nothing', () => {
  const points = Array.from({ length: 10 }, (_, index) => ({ timeMs: (index + 0.5) * minute, low: 40, high: index < 8 ? 60 : 45 }));
  const seen = measure(noteForecast(createScorecard(), undefined, points), 0, 10, 50);
  expect(seen).toMatchObject({ points: 10, covered: 8, watched: [] });
  expect(summariseScorecard(seen).coverage).toBe(0.8);
  const gap = measure(noteForecast(createScorecard(), undefined, points), 5, 10, 50);
  expect(gap.points).toBe(5);
});

test('points of one forecast at a time are kept, and few of them', () => {
  const points = Array.from({ length: 60 }, (_, index) => ({ timeMs: index * minute, low: 0, high: 1 }));
  const card = noteForecast(createScorecard(), undefined, points);
  expect(card.watched.length).toBeLessThanOrEqual(16);
  expect(noteForecast(card, undefined, points.slice(5)).watched).toBe(card.watched);
});
