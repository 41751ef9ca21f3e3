/** Whatever a series does, its forecast is finite, in order, within bounds, and the same from a checkpoint. */
import fc from 'fast-check';
import { decodeForecaster, encodeForecaster } from './forecaster-codec.js';
import { createForecaster, observeSample } from './forecaster.js';
import { forecastSeries } from './forecast-series.js';

const series = fc.record({
  scale: fc.constantFrom(1e-9, 1, 100, 1e12),
  offset: fc.constantFrom(0, -50, 1e6),
  season: fc.integer({ min: 2, max: 60 }),
  trend: fc.double({ min: -1, max: 1, noNaN: true }),
  values: fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 20, maxLength: 400 }),
  stepMs: fc.constantFrom(1_000, 10_000, 60_000, 300_000, 3_600_000),
  gaps: fc.array(fc.integer({ min: 0, max: 399 }), { maxLength: 60 }),
  horizonMs: fc.constantFrom(600_000, 3_600_000, 172_800_000, 2_592_000_000),
  side: fc.constantFrom('above' as const, 'below' as const),
  threshold: fc.double({ min: -3, max: 3, noNaN: true }),
  cut: fc.integer({ min: 0, max: 400 }),
});

test('forecasts are finite, ordered, bounded and repeatable', () => {
  fc.assert(
    fc.property(series, ({ scale, offset, season, trend, values, stepMs, gaps, horizonMs, side, threshold, cut }) => {
      const floor = offset - 2.5 * scale;
      const ceiling = offset + 2.5 * scale;
      const settings = { horizonMs, side, floor, ceiling };
      const through = createForecaster(settings);
      let stored = createForecaster(settings);
      values.forEach((noise, index) => {
        if (index === cut) stored = decodeForecaster(encodeForecaster(stored))!;
        if (gaps.includes(index)) return;
        const value = offset + scale * (0.5 * Math.sin((2 * Math.PI * index) / season) + (trend * index) / values.length + noise / 2);
        observeSample(through, index * stepMs, value);
        observeSample(stored, index * stepMs, value);
      });
      const limit = offset + scale * threshold;
      const forecast = forecastSeries(through, limit);
      expect(forecastSeries(stored, limit)).toEqual(forecast);
      if (!forecast) return;
      expect(forecast.odds).toBeGreaterThanOrEqual(0);
      expect(forecast.odds).toBeLessThanOrEqual(1);
      let beforeMs = forecast.madeAtMs - 1;
      for (const { timeMs, value, low, high } of forecast.points) {
        expect(timeMs).toBeGreaterThan(beforeMs);
        beforeMs = timeMs;
        expect(floor <= low && low <= value && value <= high && high <= ceiling).toBe(true);
      }
      const { earliestMs = -Infinity, crossesAtMs, latestMs = Infinity } = forecast;
      if (crossesAtMs !== undefined) expect(earliestMs <= latestMs).toBe(true);
    }),
    { numRuns: 150 },
  );
});

test('a threshold farther away is never likelier to be reached', () => {
  fc.assert(
    fc.property(series, fc.double({ min: 0, max: 2, noNaN: true }), ({ season, values, horizonMs, stepMs, threshold }, farther) => {
      const forecaster = createForecaster({ horizonMs, side: 'above' });
      values.forEach((noise, index) => observeSample(forecaster, index * stepMs, Math.sin((2 * Math.PI * index) / season) + noise));
      const near = forecastSeries(forecaster, threshold);
      const far = forecastSeries(forecaster, threshold + farther);
      if (near && far) expect(far.odds).toBeLessThanOrEqual(near.odds);
    }),
    { numRuns: 100 },
  );
});
