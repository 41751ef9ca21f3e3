import { decideLook } from './decide-look.js';
import type { SchemaRecord } from './schema-record.js';
import { layoutOf } from './stored-document.js';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const start = Date.parse('2026-03-01T00:00:00Z');
const layout = layoutOf({ name: 'things', unique: [['hash']], indexes: [['dueAtMs']] });
const record = (lackedMs?: number, lookedMs?: number): SchemaRecord => ({
  fields: ['dueAtMs', 'hash'],
  keys: ['hash'],
  ...(lackedMs !== undefined && { lackedAt: new Date(start + lackedMs) }),
  ...(lookedMs !== undefined && { lookedAt: new Date(start + lookedMs) }),
});
const at = (one: SchemaRecord, ms: number): string => decideLook(one, layout, start + ms, minuteMs);

test('a collection that never lacked anything is not looked through', () => {
  expect(at(record(), 0)).toBe('nothing');
  expect(at(record(undefined, -hourMs), 0)).toBe('nothing');
});

test('after a migration the first look is due at once, the next ones every minute', () => {
  expect(at(record(0), 0)).toBe('look');
  expect(at(record(0, -24 * hourMs), 0)).toBe('look');
  expect(at(record(0, 1_000), 1_000 + minuteMs - 1)).toBe('nothing');
  expect(at(record(0, 1_000), 1_000 + minuteMs)).toBe('look');
});

test.each([
  ['an hour', hourMs, 5 * minuteMs],
  ['a day', 24 * hourMs, 2 * hourMs],
  ['six days', 6 * 24 * hourMs, 12 * hourMs],
])('%s after documents lacked something looks are rarer', (_what, ageMs, waitMs) => {
  expect(at(record(0, ageMs - waitMs + 1_000), ageMs)).toBe('nothing');
  expect(at(record(0, ageMs - waitMs), ageMs)).toBe('look');
});

test('a week after documents lacked something there are no more looks', () => {
  expect(at(record(0, hourMs), 7 * 24 * hourMs)).toBe('look');
  expect(at(record(0, hourMs), 7 * 24 * hourMs + 1)).toBe('nothing');
});

test('a service that knows not every field or key says once an hour that it writes, and looks for nothing', () => {
  for (const more of [{ fields: ['dueAtMs', 'hash', 'more'] }, { keys: ['hash', 'more'] }]) {
    expect(at({ ...record(), ...more }, 0)).toBe('announce');
    expect(at({ ...record(0), ...more }, hourMs - 1)).toBe('nothing');
    expect(at({ ...record(0), ...more }, hourMs)).toBe('announce');
  }
  expect(at({ ...record(0), fields: ['hash'], keys: [] }, 0)).toBe('look');
});
