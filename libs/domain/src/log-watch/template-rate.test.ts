import { describe, expect, it } from '@jest/globals';
import { startRate, stepRate } from './template-rate.js';

const minuteMs = 60_000;

/** Feeds lines a minute, and answers the minutes in which a surge began. */
function surges(perMinute: readonly number[]): number[] {
  const rate = startRate(0);
  return perMinute.flatMap((lines, minute) => (lines > 0 && stepRate(rate, minute * minuteMs, lines) ? [minute] : []));
}

const usual = (lines: number, minutes: number) => Array.from({ length: minutes }, (_, i) => lines + (i % 3) - 1);

describe('stepRate', () => {
  it('tells a surge in its first minute, with what was usual', () => {
    const rate = startRate(0);
    usual(20, 60).forEach((lines, minute) => stepRate(rate, minute * minuteMs, lines));
    expect(stepRate(rate, 60 * minuteMs, 40)).toBeUndefined();
    expect(stepRate(rate, 60 * minuteMs, 40)).toEqual({ expected: expect.closeTo(20, 0) as unknown });
    expect(stepRate(rate, 60 * minuteMs, 40)).toBeUndefined();
  });

  it('is quiet about what scatters, about few lines, and about slow growth', () => {
    expect(surges([0, ...usual(5, 30), ...usual(20, 1), 7, 9, 4, 12, 5]).filter((minute) => minute > 31)).toEqual([]);
    expect(surges([0, 0, 1, 0, 0, 0, 2, 0, 9])).toEqual([]);
    expect(surges(Array.from({ length: 200 }, (_, minute) => 20 + minute))).toEqual([0]);
  });

  it('gets used to a new level, and tells of a second surge after a pause', () => {
    const shifted = surges([...usual(20, 60), ...usual(200, 120)]);
    expect(shifted.filter((minute) => minute >= 60)).toEqual([60]);
    const twice = surges([...usual(20, 60), 300, ...usual(20, 120), 300]);
    expect(twice.filter((minute) => minute >= 60)).toEqual([60, 181]);
  });

  it('counts silent minutes as such', () => {
    const rate = startRate(0);
    usual(100, 60).forEach((lines, minute) => stepRate(rate, minute * minuteMs, lines));
    expect(stepRate(rate, 200 * minuteMs, 100)).toBeDefined();
  });

  it('does not count late lines twice', () => {
    const rate = startRate(5 * minuteMs);
    expect(stepRate(rate, 0, 1_000)).toBeUndefined();
    expect(rate).toMatchObject({ minute: 5, count: 0 });
  });
});
