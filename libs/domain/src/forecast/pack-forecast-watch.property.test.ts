/** A watch that is packed after each window decides what one decides that is kept as it is. */
import fc from 'fast-check';
import { createForecastWatch } from './forecast-watch.js';
import { createForecaster, type ForecasterSettings } from './forecaster.js';
import { forecastWatchBytes, packedForecaster, packForecastWatch, unpackForecastWatch } from './pack-forecast-watch.js';
import { stepForecast, type ForecastPlan } from './step-forecast.js';

const minuteMs = 60_000;

const cases = fc.record({
  withinMs: fc.constantFrom(10 * minuteMs, 60 * minuteMs, 1_440 * minuteMs),
  windowMs: fc.constantFrom(minuteMs, 5 * minuteMs, 61_333),
  startMs: fc.constantFrom(0, 1_770_000_000_123),
  scale: fc.constantFrom(1e-6, 1, 1e9),
  rise: fc.double({ min: -0.3, max: 0.3, noNaN: true }),
  limits: fc.array(fc.integer({ min: 40, max: 80 }), { minLength: 1, maxLength: 3 }),
  isAbove: fc.boolean(),
  noise: fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 50, maxLength: 300 }),
  gapAt: fc.integer({ min: 0, max: 300 }),
  gapWindows: fc.constantFrom(0, 3, 100, 5_000),
});

test('packed or not, each window is judged alike', () => {
  let announced = 0;
  fc.assert(fc.property(cases, ({ withinMs, windowMs, startMs, scale, rise, limits, isAbove, noise, gapAt, gapWindows }) => {
    const settings: ForecasterSettings = { horizonMs: 2 * withinMs, side: isAbove ? 'above' : 'below' };
    const operator = isAbove ? '>' : '<';
    const plan: ForecastPlan = { withinMs, thresholds: limits.map((limit, rank) => ({ rank: rank as 0 | 1 | 2, level: (['info', 'warn', 'critical'] as const)[rank]!, text: `${operator} ${limit * scale}`, comparison: { operator, value: limit * scale } })) };
    const plain = createForecastWatch(createForecaster(settings), limits.length);
    const block = new ArrayBuffer(8 + forecastWatchBytes);
    packForecastWatch(createForecastWatch(createForecaster(settings, packedForecaster(block, 8).cells), limits.length));
    noise.forEach((jitter, index) => {
      const endMs = startMs + (index + (index > gapAt ? gapWindows : 0) + 1) * windowMs;
      const window = { endMs, value: scale * (60 + rise * index + jitter + 5 * Math.sin(index / 9)) };
      const packed = unpackForecastWatch(block, 8, limits.length);
      const step = stepForecast(packed, plan, window);
      packForecastWatch(packed);
      expect(step).toEqual(stepForecast(plain, plan, window));
      const { standing, awaited, raised, watched } = unpackForecastWatch(block, 8, limits.length);
      expect({ standing, awaited, raised, watched }).toEqual({ standing: plain.standing, awaited: plain.awaited, raised: plain.raised, watched: plain.watched });
      if (awaited.some(({ open }) => open)) announced++;
    });
  }), { numRuns: 30 });
  expect(announced).toBeGreaterThan(0);
});
