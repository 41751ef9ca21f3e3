import { formatClock, formatExact, formatLength, formatRelative, formatTick } from './format-time.js';

describe('formatLength', () => {
  const cases: readonly (readonly [number, string, string])[] = [
    [0, '0 ms', '0ms'],
    [380.4, '380 ms', '380ms'],
    [999.9, '999 ms', '999ms'],
    [1_000, '1 s', '1초'],
    [2_340, '2.3 s', '2.3초'],
    [9_990, '9.9 s', '9.9초'],
    [10_500, '10 s', '10초'],
    [59_999, '59 s', '59초'],
    [80_000, '1 min 20 s', '1분 20초'],
    [120_000, '2 min', '2분'],
    [11_100_000, '3 h 5 min', '3시간 5분'],
    [86_400_000, '1 d', '1일'],
    [93_600_000, '1 d 2 h', '1일 2시간'],
    [-5, '0 ms', '0ms'],
  ];
  test.each(cases)('%d ms is %s, %s', (ms, en, ko) => {
    expect(formatLength(ms, 'en')).toBe(en);
    expect(formatLength(ms, 'ko')).toBe(ko);
  });
});

describe('formatRelative', () => {
  const now = Date.UTC(2026, 0, 31, 12);
  test('tells past and future in one unit', () => {
    expect(formatRelative(now - 500, now, 'en')).toBe('now');
    expect(formatRelative(now - 12_000, now, 'en')).toBe('12 s ago');
    expect(formatRelative(now - 59_999, now, 'en')).toBe('59 s ago');
    expect(formatRelative(now - 60_000, now, 'en')).toBe('1 min ago');
    expect(formatRelative(now - 7_200_000, now, 'en')).toBe('2 h ago');
    expect(formatRelative(now - 3 * 86_400_000, now, 'en')).toBe('3 d ago');
    expect(formatRelative(now + 300_000, now, 'en')).toBe('in 5 min');
  });
  test('speaks Korean', () => {
    expect(formatRelative(now - 1_000, now, 'ko')).toBe('방금');
    expect(formatRelative(now - 240_000, now, 'ko')).toBe('4분 전');
    expect(formatRelative(now + 300_000, now, 'ko')).toBe('5분 후');
  });
});

describe('clocks', () => {
  const noon = new Date(2026, 0, 31, 12, 3, 20).getTime();
  test('today shows the clock alone, another day its date too', () => {
    expect(formatClock(noon, noon + 60_000, 'en')).toBe('12:03:20');
    expect(formatClock(noon, noon + 86_400_000, 'en')).toBe('31 Jan 12:03:20');
    expect(formatClock(noon, noon + 86_400_000, 'ko')).toBe('1월 31일 12:03:20');
  });
  test('axis ticks are as coarse as their distance', () => {
    expect(formatTick(noon, 5_000, 'en')).toBe('12:03:20');
    expect(formatTick(noon, 60_000, 'en')).toBe('12:03');
    expect(formatTick(noon, 86_400_000, 'en')).toBe('31 Jan');
    expect(formatTick(new Date(2026, 1, 1).getTime(), 3_600_000, 'en')).toBe('1 Feb');
  });
  test('the exact time names day, second and zone', () => {
    expect(formatExact(noon, 'en')).toMatch(/31 Jan 2026.*12:03:20 \S+/);
    expect(formatExact(noon, 'ko')).toMatch(/2026.*1.*31.*3분 20초/);
  });
});
