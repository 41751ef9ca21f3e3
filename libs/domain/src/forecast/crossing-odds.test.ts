/** Odds of a crossing: what models expect counts by how far they are trusted, and their disagreement is part of the answer. */
import { crossingOdds, pathCount, type CrossingOdds, type OddsInput } from './crossing-odds.js';

const bins = 48;
const flat = new Float64Array(bins).fill(10);
/** Reaches 20 at bin 30, and stays. */
const rising = Float64Array.from({ length: bins }, (_, bin) => (bin < 30 ? 10 : 30));
const unscored = new Float64Array(bins).fill(Number.NaN);

function oddsOf(models: readonly (readonly [path: Float64Array, weight: number])[], more: Partial<OddsInput> = {}): CrossingOdds {
  return crossingOdds({
    paths: models.map(([path]) => path), weights: Float64Array.from(models, ([, weight]) => weight),
    deviation: new Float64Array(bins).fill(0.5), likeness: 0.8, threshold: 20, side: 1, low: -Infinity, high: Infinity, ...more,
  });
}

test('models that agree leave no doubt', () => {
  expect(oddsOf([[rising, 0.7], [rising, 0.3]])).toEqual({ odds: 1, bin: 30, earliest: 30, latest: 30 });
  expect(oddsOf([[flat, 0.7], [flat, 0.3]])).toEqual({ odds: 0, bin: undefined, earliest: undefined, latest: undefined });
});

test('where models disagree, the odds are what those have that cross', () => {
  const near = 2 / pathCount;
  expect(Math.abs(oddsOf([[rising, 0.5], [flat, 0.5]]).odds - 0.5)).toBeLessThanOrEqual(near);
  // A mean would trust the better one eight times as much; odds trust it four times as much.
  expect(Math.abs(oddsOf([[rising, 8 / 9], [flat, 1 / 9]]).odds - 0.8)).toBeLessThanOrEqual(near);
  const doubted = oddsOf([[rising, 1 / 9], [flat, 8 / 9]]);
  expect(Math.abs(doubted.odds - 0.2)).toBeLessThanOrEqual(near);
  expect(doubted.bin).toBeUndefined();
});

test('a model without weight has no say, wherever it stands', () => {
  const alone = oddsOf([[rising, 1]], { deviation: new Float64Array(bins).fill(6) });
  for (const models of [[[unscored, 0], [rising, 1]], [[rising, 1], [unscored, 0]]] as const) {
    expect(oddsOf(models, { deviation: new Float64Array(bins).fill(6) })).toEqual(alone);
  }
});

test('a model that leaves the bounds is held at them', () => {
  const deep = new Float64Array(bins).fill(-1_000);
  const held = oddsOf([[deep, 1]], { low: 10, deviation: new Float64Array(bins).fill(6) });
  expect(held).toEqual(oddsOf([[flat, 1]], { deviation: new Float64Array(bins).fill(6) }));
  expect(held.odds).toBeGreaterThan(0);
  expect(oddsOf([[rising, 1]], { high: 19 }).odds).toBe(0);
});

test('below is the mirror of above', () => {
  const wide = { deviation: new Float64Array(bins).fill(6) };
  const mirror = (path: Float64Array): Float64Array => path.map((value) => -value);
  expect(oddsOf([[mirror(rising), 0.6], [mirror(flat), 0.4]], { ...wide, threshold: -20, side: -1 })).toEqual(oddsOf([[rising, 0.6], [flat, 0.4]], wide));
});
