import { formatZoned, isSameClock } from './zoned-time.js';

const atMs = Date.UTC(2026, 10, 22, 21, 30);

test('a time is shown as the clocks of its zone have it', () => {
  expect(formatZoned(atMs, 'Asia/Seoul', 'en')).toMatch(/^Mon,? 23 Nov,? 06:30$/);
  expect(formatZoned(atMs, 'UTC', 'en')).toMatch(/^Sun,? 22 Nov,? 21:30$/);
  expect(formatZoned(atMs, 'Asia/Seoul', 'ko')).toMatch(/11월 23일.*06:30/);
  expect(formatZoned(atMs, 'Nowhere/City', 'en')).toBeUndefined();
});

test('zones with one clock are one', () => {
  expect(isSameClock(atMs, 'Asia/Seoul', 'Asia/Tokyo')).toBe(true);
  expect(isSameClock(atMs, 'Asia/Seoul', 'UTC')).toBe(false);
});
