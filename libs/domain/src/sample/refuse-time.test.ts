import { refuseTime } from './refuse-time.js';

const arrivalMs = Date.UTC(2026, 0, 2);
const hourMs = 3_600_000;

describe('refuseTime', () => {
  it.each([
    ['now', arrivalMs, undefined],
    ['exactly 1 h ahead', arrivalMs + hourMs, undefined],
    ['more than 1 h ahead', arrivalMs + hourMs + 1, 'ahead'],
    ['as old as the retention', arrivalMs - 48 * hourMs, undefined],
    ['older than the retention', arrivalMs - 48 * hourMs - 1, 'old'],
    ['before 1970', -1, 'old'],
    ['seconds read as nanoseconds', 1_767_312, 'old'],
    ['a year beyond dates', 1e17, 'ahead'],
  ])('%s', (_, timeMs, reason) => {
    expect(refuseTime(timeMs, arrivalMs, 48 * hourMs)?.reason).toBe(reason);
  });

  it('takes any age when the retention is forever', () => {
    expect(refuseTime(-1e15, arrivalMs, Infinity)).toBeUndefined();
  });

  it('names the time and the setting', () => {
    expect(refuseTime(0, arrivalMs, hourMs)?.message).toMatch(/1970-01-01T00:00:00.000Z.*OPSLOOP_RETENTION_RAW/);
  });
});
