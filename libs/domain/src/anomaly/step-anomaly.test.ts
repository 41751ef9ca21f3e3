import { decodeAnomalyModel, encodeAnomalyModel } from './anomaly-codec.js';
import { anomalyConstants } from './anomaly-constants.js';
import { anomalyModelBytes, countsOffset, createAnomalyModel, dayBins, mostTimes, timesFilled, weekBins, type AnomalyModel } from './anomaly-model.js';
import { levelOf, type AnomalyScore } from './anomaly-score.js';
import { stepAnomaly } from './step-anomaly.js';

const minuteMs = 60_000;
const startMs = Date.UTC(2026, 0, 5);
const day = 288;
const week = 7 * day;

interface Told extends AnomalyScore {
  readonly index: number;
}

/** Repeatable noise of a standard normal distribution. */
function noise(seed: number): () => number {
  let state = seed;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  return () => Math.sqrt(-2 * Math.log(uniform() + 1e-300)) * Math.cos(2 * Math.PI * uniform());
}

function series(length: number, valueAt: (index: number, noise: () => number) => number, seed = 1): number[] {
  const next = noise(seed);
  return Array.from({ length }, (_, index) => valueAt(index, next));
}

/** Scores the values five minutes apart and gives what is no longer normal. */
function alarms(values: readonly number[], { stepMs = 5 * minuteMs, threshold = 0.5, model = createAnomalyModel(), timeOf = (index: number) => startMs + index * stepMs } = {}): Told[] {
  return values.map((value, index) => ({ index, ...stepAnomaly(model, timeOf(index), value, threshold) })).filter(({ level }) => level !== 'normal');
}

const noisy = (_: number, next: () => number): number => 50 + 5 * next();
const daily = (index: number, next: () => number): number => 50 + 20 * Math.sin((2 * Math.PI * index) / day) + 3 * next();

describe('stepAnomaly', () => {
  it('tells a spike at its sample, with what was expected, seen and why', () => {
    const [alarm, ...more] = alarms(series(2000, (index, next) => (index === 1500 ? 120 : noisy(index, next)))).filter(({ index }) => index >= 1400);
    expect(more).toEqual([]);
    expect(alarm).toMatchObject({ index: 1500, level: 'critical', seen: 120, feature: 'value', basis: 'level', quiet: undefined });
    expect(alarm!.expected).toBeGreaterThan(48);
    expect(alarm!.expected).toBeLessThan(52);
    expect(alarm!.margin).toBeGreaterThan(10);
    expect(alarm!.margin).toBeLessThan(70);
  });

  it.each([5, 10, 100])('tells a level shift of %p deviations within half an hour, once, and is quiet about the new level', (deviations) => {
    const told = alarms(series(4 * week, (index, next) => daily(index, next) + (index >= 2 * week ? deviations * 3 : 0))).filter(({ index }) => index >= 2 * week && index < 2 * week + 5 * day);
    expect(told.length).toBe(1);
    expect(told[0]!.index - 2 * week).toBeLessThanOrEqual(6);
  });

  it('sees a small shift in a series whose first samples have the same time', () => {
    const timeOf = (index: number): number => startMs + Math.max(0, index - 2) * minuteMs;
    const told = alarms(series(6000, (index, next) => noisy(index, next) + (index >= 5000 ? 12 : 0)), { timeOf }).filter(({ index }) => index >= 5000);
    expect(told[0]).toMatchObject({ feature: 'shift' });
    expect(told[0]!.index).toBeLessThan(5020);
  });

  it('judges by the day: the height of noon is an alarm at midnight only', () => {
    const valley = 4 * week + (3 * day) / 4;
    const told = alarms(series(5 * week, (index, next) => (index >= valley && index < valley + 3 ? 70 : daily(index, next)))).filter(({ index }) => index >= 4 * week);
    expect(told[0]).toMatchObject({ index: valley, basis: 'day' });
    expect(told.length).toBeLessThanOrEqual(3);
  });

  it('learns the week: a quiet weekend is expected, a quiet Wednesday is not', () => {
    const holiday = 6 * 7 + 2;
    const values = series(8 * week, (index, next) => {
      const date = Math.floor(index / day);
      const isWorkday = date % 7 < 5 && date !== holiday;
      return 20 + (isWorkday ? 60 * Math.max(0, Math.sin((2 * Math.PI * index) / day)) : 0) + 2 * next();
    });
    const told = alarms(values).filter(({ index }) => index >= 4 * week && index < 7 * week);
    const onHoliday = told.filter(({ index }) => Math.floor(index / day) === holiday);
    expect(onHoliday[0]).toMatchObject({ basis: 'week' });
    expect(told.length - onHoliday.length).toBeLessThanOrEqual(3);
  });

  it('takes a peak that comes every night for a habit, and tells the same peak at noon', () => {
    const nightly = (index: number): boolean => index % day === 36;
    const peaks = (index: number, next: () => number): number => 10 + next() + (nightly(index) || index === 20 * day + 150 ? 60 : 0);
    const told = alarms(series(25 * day, peaks));
    expect(told.filter(({ index }) => index < 5 * day).map(({ index }) => index % day)).toContain(36);
    expect(told.filter(({ index }) => index >= 6 * day && nightly(index))).toEqual([]);
    expect(told.map(({ index }) => index)).toContain(20 * day + 150);
  });

  it('tells a sensor that is stuck in the middle of its range, and its way out of it, at most once each', () => {
    const told = alarms(series(2000, (index, next) => (index >= 1000 && index < 1600 ? 50 : noisy(index, next)))).filter(({ index }) => index >= 1000 && index < 1600);
    expect(told).toEqual([expect.objectContaining({ index: 1024, feature: 'stuck', expected: expect.any(Number) })]);
  });

  it('says nothing of a series that never changes, and much of its first change', () => {
    expect(alarms(series(2000, () => 7))).toEqual([]);
    expect(alarms(series(2000, (index) => (index < 1990 ? 7 : 8)))[0]).toMatchObject({ index: 1990, level: 'critical' });
  });

  it('follows a slow drift without an alarm for it', () => {
    const drifting = alarms(series(8 * week, (index, next) => noisy(index, next) + index * 0.005));
    const steady = alarms(series(8 * week, noisy));
    expect(drifting.length).toBeLessThanOrEqual(steady.length + 8);
  });

  it('is not alarmed by a gap, nor by values that are no numbers', () => {
    const values = series(2 * week, daily);
    const gapAt = week + 100;
    const timeOf = (index: number): number => startMs + (index < gapAt ? index : index + 50) * 5 * minuteMs;
    const shifted = values.map((_, index) => values[Math.min(values.length - 1, index < gapAt ? index : index + 50)]!);
    expect(alarms(shifted, { timeOf }).filter(({ index }) => index >= gapAt && index < gapAt + 100)).toEqual([]);
    const model = createAnomalyModel();
    for (const [index, value] of values.entries()) stepAnomaly(model, startMs + index * 5 * minuteMs, value);
    const before = encodeAnomalyModel(model);
    expect(stepAnomaly(model, startMs + values.length * 5 * minuteMs, Number.NaN)).toMatchObject({ score: 0, level: 'normal' });
    expect(encodeAnomalyModel(model)).toEqual(before);
  });

  it('judges a counter by its rise: a reset is no alarm, a burst is', () => {
    let reading = 1e9;
    const values = series(3 * week, (index, next) => {
      reading = index === 2 * week ? 0 : reading + 3000 + 300 * next() + (index === 2 * week + 500 ? 30_000 : 0);
      return reading;
    });
    const told = alarms(values).filter(({ index }) => index >= week && index < 2 * week + 600 && index >= 2 * week - 10);
    expect(told.map(({ index }) => index)).toEqual([2 * week + 500]);
    expect(told[0]!.seen).toBeCloseTo(110, -1);
  });

  it('goes back to the values of what looked like a counter and fell a little', () => {
    const values = series(2 * week, (index, next) => (index < week ? index * 10 : week * 10 + 100 * next()));
    const model = createAnomalyModel();
    values.forEach((value, index) => stepAnomaly(model, startMs + index * 5 * minuteMs, value));
    expect(stepAnomaly(model, startMs + values.length * 5 * minuteMs, week * 10).seen).toBe(week * 10);
  });

  it('gives few false alarms a week on any kind of noise and any step, by one threshold', () => {
    const kinds: Record<string, (index: number, next: () => number) => number> = {
      normal: noisy,
      'log-normal': (_, next) => Math.exp(next()),
      exponential: (_, next) => next() ** 2 + next() ** 2,
      counts: (_, next) => Math.max(0, Math.round(3 + 2 * next())),
      'mostly zero': (_, next) => Math.max(0, next() - 1),
    };
    for (const [name, valueAt] of Object.entries(kinds)) for (const stepMs of [minuteMs, 5 * minuteMs, 60 * minuteMs]) {
      const perWeek = (7 * 24 * 60 * minuteMs) / stepMs;
      const weeks = Math.ceil(10_000 / perWeek);
      const told = alarms(series(Math.round((weeks + 1) * perWeek), valueAt), { stepMs }).filter(({ index }) => index >= perWeek);
      expect({ name, stepMs, few: told.length / weeks <= 7 }).toEqual({ name, stepMs, few: true });
      expect({ name, stepMs, critical: told.filter(({ level }) => level === 'critical').length / weeks <= 1 }).toEqual({ name, stepMs, critical: true });
    }
  });

  it('still tells a shift in a series of one-minute samples', () => {
    const told = alarms(series(20_000, (index, next) => noisy(index, next) + (index >= 15_000 ? 40 : 0)), { stepMs: minuteMs }).filter(({ index }) => index >= 15_000 && index < 15_500);
    expect(told[0]!.index).toBeLessThanOrEqual(15_005);
    expect(told.length).toBeLessThanOrEqual(2);
  });

  it('is stricter with a higher threshold', () => {
    const values = series(20_000, (_, next) => Math.exp(next()));
    const [few, some, many] = [0.7, 0.5, 0.3].map((threshold) => alarms(values, { threshold }).length);
    expect(few).toBeLessThan(some!);
    expect(some).toBeLessThan(many!);
  });

  it('goes on from a checkpoint with the very same scores', () => {
    const values = series(2 * week, (index, next) => daily(index, next) + (index % 700 === 0 ? 80 : 0));
    const differing: number[] = [];
    const whole = createAnomalyModel();
    let resumed: AnomalyModel = createAnomalyModel();
    for (const [index, value] of values.entries()) {
      const timeMs = startMs + index * 5 * minuteMs;
      if (index % 97 === 0) resumed = decodeAnomalyModel(encodeAnomalyModel(resumed));
      if (JSON.stringify(stepAnomaly(resumed, timeMs, value)) !== JSON.stringify(stepAnomaly(whole, timeMs, value))) differing.push(index);
    }
    expect(differing).toEqual([]);
    expect(encodeAnomalyModel(resumed)).toEqual(encodeAnomalyModel(whole));
  });

  it('needs no more memory however long it runs', () => {
    expect(anomalyModelBytes).toBeLessThanOrEqual(1_400);
    // Counts end where they change nothing any more.
    expect(1 / (mostTimes + 1)).toBeLessThanOrEqual(anomalyConstants.profileRate);
    expect(encodeAnomalyModel(createAnomalyModel()).length).toBe(anomalyModelBytes + 1);
  });
});

describe('decodeAnomalyModel', () => {
  it('refuses another format and another length', () => {
    const bytes = encodeAnomalyModel(createAnomalyModel());
    expect(() => decodeAnomalyModel(bytes.slice(0, -1))).toThrow(RangeError);
    bytes[0] = 99;
    expect(() => decodeAnomalyModel(bytes)).toThrow(/format/);
  });

  it('reads format 1, which counted each bin of a profile in a byte, and scores on as if nothing had been', () => {
    const values = series(4 * week, (index, next) => daily(index, next) + (index % 700 === 0 ? 80 : 0));
    const whole = createAnomalyModel();
    const step = (model: AnomalyModel, index: number): string => JSON.stringify(stepAnomaly(model, startMs + index * 5 * minuteMs, values[index]!));
    for (let index = 0; index < 3 * week; index++) step(whole, index);
    const profileBins = dayBins + weekBins;
    const bytes = encodeAnomalyModel(whole);
    // A bin that was filled three times or more was counted on to 255.
    const counts = Array.from({ length: profileBins }, (_, bin) => (timesFilled(whole, bin) === mostTimes ? 255 : timesFilled(whole, bin)));
    const read = decodeAnomalyModel(Uint8Array.from([1, ...bytes.subarray(1, 1 + countsOffset), ...counts, ...bytes.subarray(1 + countsOffset + profileBins / 4)]));
    expect(new Set(counts)).toContain(255);
    expect(Array.from({ length: week }, (_, index) => step(read, 3 * week + index))).toEqual(Array.from({ length: week }, (_, index) => step(whole, 3 * week + index)));
    expect(() => decodeAnomalyModel(Uint8Array.from([1, ...bytes.subarray(1)]))).toThrow(RangeError);
  });
});

describe('levelOf', () => {
  it('begins at the threshold and spreads over what is above it', () => {
    expect([0.49, 0.5, 0.64, 0.66, 0.79, 0.81].map((score) => levelOf(score, 0.5))).toEqual(['normal', 'info', 'info', 'warn', 'warn', 'critical']);
    expect([0.89, 0.91, 0.94, 0.97].map((score) => levelOf(score, 0.9))).toEqual(['normal', 'info', 'warn', 'critical']);
  });
});
