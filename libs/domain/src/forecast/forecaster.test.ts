/** What a series' forecast promises: it finds seasons, respects bounds and resets, says never, and survives gaps and checkpoints. */
import { createForecaster, observeSample, type Forecaster } from './forecaster.js';
import { decodeForecaster, encodeForecaster, forecasterFormat } from './forecaster-codec.js';
import { forecastSeries, type SeriesForecast } from './forecast-series.js';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** Small noise that is the same each time. */
function noise(index: number): number {
  const wave = Math.sin(index * 12.9898) * 43_758.5453;
  return wave - Math.floor(wave) - 0.5;
}

interface Made {
  readonly valueAt: (timeMs: number, index: number) => number | undefined;
  readonly stepMs: number;
  readonly samples: number;
}

function observe(forecaster: Forecaster, { valueAt, stepMs, samples }: Made, from = 0): void {
  for (let index = from; index < samples; index++) {
    const value = valueAt(index * stepMs, index);
    if (value !== undefined) observeSample(forecaster, index * stepMs, value);
  }
}

function forecastOf(made: Made, horizonMs: number, threshold: number, more: { side?: 'above' | 'below'; floor?: number; ceiling?: number } = {}): SeriesForecast {
  const forecaster = createForecaster({ horizonMs, side: 'above', ...more });
  observe(forecaster, made);
  return forecastSeries(forecaster, threshold)!;
}

const daily = (timeMs: number, index: number): number => 50 + 20 * Math.sin((2 * Math.PI * timeMs) / day) + 2 * noise(index);
const weekly = (timeMs: number, index: number): number => (Math.floor(timeMs / day) % 7 < 5 ? daily(timeMs, index) : 35 + 5 * Math.sin((2 * Math.PI * timeMs) / day) + 2 * noise(index));

test('a line that rises is timed by its slope', () => {
  const forecast = forecastOf({ valueAt: (timeMs, index) => 20 + timeMs / hour + noise(index) / 2, stepMs: 10_000, samples: 2_160 }, hour, 26.5);
  // It stands at 26 after six hours and gains one an hour.
  expect(forecast.crossesAtMs).toBeGreaterThan(6 * hour + 5 * minute);
  expect(forecast.crossesAtMs).toBeLessThan(6 * hour + 40 * minute);
  expect(forecast.earliestMs).toBeLessThanOrEqual(forecast.crossesAtMs!);
  expect(forecast.points).toHaveLength(60);
});

test('days until a disk is full', () => {
  const forecast = forecastOf({ valueAt: (timeMs, index) => 60 + timeMs / day + noise(index) / 5, stepMs: 10 * minute, samples: 25 * 144 }, 30 * day, 95, { floor: 0, ceiling: 100 });
  expect(forecast.crossesAtMs! / day).toBeGreaterThan(33);
  expect(forecast.crossesAtMs! / day).toBeLessThan(37);
});

test('a daily peak is found without being configured, and named to the hour', () => {
  const forecast = forecastOf({ valueAt: daily, stepMs: 5 * minute, samples: 10 * 288 }, 48 * hour, 68);
  // The wave passes 68 about 4.3 h after midnight.
  const hours = (forecast.crossesAtMs! - 10 * day) / hour;
  expect(hours).toBeGreaterThan(2);
  expect(hours).toBeLessThan(6);
  expect(forecast.why).toContain('a season of 1 d');
});

test('a threshold that the daily wave never reaches is never', () => {
  const forecast = forecastOf({ valueAt: daily, stepMs: 5 * minute, samples: 10 * 288 }, 48 * hour, 80);
  expect(forecast).toMatchObject({ crossesAtMs: undefined, earliestMs: undefined, latestMs: undefined });
  expect(forecast.odds).toBeLessThan(0.1);
});

test('a weekend is quiet when the weeks before it were', () => {
  // Four weeks end on a Friday at midnight: nothing reaches 60 before Monday.
  const made = { valueAt: weekly, stepMs: hour, samples: 26 * 24 };
  expect(forecastOf(made, 40 * hour, 60).crossesAtMs).toBeUndefined();
  expect(forecastOf({ ...made, samples: 27 * 24 + 12 }, 48 * hour, 60).crossesAtMs! / day).toBeCloseTo(28.1, 0);
});

test('below is the mirror of above', () => {
  const rising = { valueAt: daily, stepMs: hour, samples: 20 * 24 };
  const above = forecastOf(rising, 48 * hour, 66);
  const below = forecastOf({ ...rising, valueAt: (timeMs, index) => -daily(timeMs, index) }, 48 * hour, -66, { side: 'below' });
  expect(below.crossesAtMs).toBe(above.crossesAtMs);
  expect(below.points[5]!.value).toBeCloseTo(-above.points[5]!.value, 1);
});

test('a share is not forecast beyond its bounds', () => {
  const full = { valueAt: (timeMs: number, index: number) => Math.min(100, 70 + timeMs / (12 * hour) + noise(index)), stepMs: hour, samples: 15 * 24 };
  const forecast = forecastOf(full, 48 * hour, 101, { floor: 0, ceiling: 100 });
  for (const { value, low, high } of forecast.points) {
    expect(Math.max(value, high)).toBeLessThanOrEqual(100);
    expect(low).toBeGreaterThanOrEqual(0);
  }
  expect(forecast).toMatchObject({ odds: 0, crossesAtMs: undefined });
});

test('a bound that a series was seen to stop at is respected without being told', () => {
  const cut = { valueAt: (timeMs: number, index: number) => Math.min(60, daily(timeMs, index)), stepMs: hour, samples: 20 * 24 };
  const forecast = forecastOf(cut, 48 * hour, 60.5);
  expect(Math.max(...forecast.points.map(({ high }) => high))).toBeLessThan(60.001);
  expect(forecast.odds).toBe(0);
});

test('after a reset the trend goes on from the new level', () => {
  const reset = (timeMs: number, index: number): number => (timeMs < 8 * day ? 40 : 0) + timeMs / (4 * hour) + noise(index) / 2;
  const forecast = forecastOf({ valueAt: reset, stepMs: hour, samples: 10 * 24 }, 48 * hour, 66);
  // 60 at day 10, a quarter an hour: 66 is reached after 24 hours.
  expect((forecast.crossesAtMs! - 10 * day) / hour).toBeGreaterThan(16);
  expect((forecast.crossesAtMs! - 10 * day) / hour).toBeLessThan(32);
  expect(forecast.why).toContain('the level shifted');
});

test('gaps and lone outliers hardly move a forecast', () => {
  const clean = forecastOf({ valueAt: daily, stepMs: hour, samples: 21 * 24 }, 48 * hour, 68);
  const broken = (timeMs: number, index: number): number | undefined => {
    const hours = timeMs / hour;
    if (hours > 200 && hours < 215) return undefined;
    return index % 101 === 50 ? 5_000 : daily(timeMs, index);
  };
  const dirty = forecastOf({ valueAt: broken, stepMs: hour, samples: 21 * 24 }, 48 * hour, 68);
  dirty.points.forEach(({ value }, bin) => expect(Math.abs(value - clean.points[bin]!.value)).toBeLessThan(5));
  expect(dirty.why).toMatch(/missing bins filled in; \d+ outliers left out/);
});

test('what has crossed already crosses now', () => {
  const forecast = forecastOf({ valueAt: (_, index) => 90 + noise(index), stepMs: minute, samples: 200 }, hour, 80);
  expect(forecast.odds).toBe(1);
  expect(forecast.crossesAtMs).toBeLessThanOrEqual(200 * minute);
});

test('a series that stands still is never anywhere else', () => {
  const forecast = forecastOf({ valueAt: () => 42, stepMs: minute, samples: 300 }, hour, 43);
  expect(forecast).toMatchObject({ odds: 0, crossesAtMs: undefined });
  for (const { value } of forecast.points) expect(value).toBeCloseTo(42, 6);
});

test('too little history is no forecast', () => {
  const forecaster = createForecaster({ horizonMs: hour, side: 'above' });
  observe(forecaster, { valueAt: () => 1, stepMs: minute, samples: 5 });
  expect(forecastSeries(forecaster, 2)).toBeUndefined();
});

test('a source that now sends less often is followed again', () => {
  const forecaster = createForecaster({ horizonMs: hour, side: 'above' });
  observe(forecaster, { valueAt: () => 10, stepMs: 10_000, samples: 600 });
  for (let index = 0; index < 60; index++) observeSample(forecaster, 100 * minute + index * 5 * minute, 10);
  expect(forecastSeries(forecaster, 20)!.why).toContain('bins of 5 min');
});

test('a checkpoint in the middle changes nothing', () => {
  const made = { valueAt: weekly, stepMs: hour, samples: 500 };
  const through = createForecaster({ horizonMs: 48 * hour, side: 'above' });
  observe(through, made);
  const before = createForecaster({ horizonMs: 48 * hour, side: 'above' });
  observe(before, { ...made, samples: 333 });
  const after = decodeForecaster(encodeForecaster(before))!;
  observe(after, made, 333);
  expect(forecastSeries(after, 68)).toEqual(forecastSeries(through, 68));
});

test('a checkpoint of another format is seeded anew, a torn one refused', () => {
  const bytes = encodeForecaster(createForecaster({ horizonMs: hour, side: 'above' }));
  expect(bytes.byteLength).toBeLessThan(2_500);
  const other = bytes.slice();
  other[0] = forecasterFormat + 1;
  expect(decodeForecaster(other)).toBeUndefined();
  expect(() => decodeForecaster(bytes.subarray(0, 900))).toThrow(RangeError);
});

test('a horizon beyond 60 days is refused', () => {
  expect(() => createForecaster({ horizonMs: 61 * day, side: 'above' })).toThrow(RangeError);
  expect(() => createForecaster({ horizonMs: Number.NaN, side: 'above' })).toThrow(RangeError);
});
