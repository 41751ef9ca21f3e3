import { recordLimits, type BusRecord } from '@opsloop/ports';
import { toDeadLetter } from './to-dead-letter.js';

const where = { topic: 'metrics.intake.v1', group: 'collector', partition: 3, reason: 'line 1: no field' };
const told = { topic: where.topic, group: where.group, position: '7', reason: where.reason };
const record = (given: Partial<BusRecord>): BusRecord => ({ key: 'default/a', value: Buffer.from('bad'), headers: {}, position: 7, arrivalMs: 5, ...given });

it('keeps a record that every bus takes as it is', () => {
  expect(toDeadLetter(record({ headers: { own: 'x' } }), where)).toEqual({ key: 'default/a', value: Buffer.from('bad'), partition: 3, arrivalMs: 5, headers: { own: 'x', ...told } });
});

it.each([
  ['long', 'k'.repeat(5_000), 4_096],
  ['binary, as readers get it', Buffer.alloc(1_400, 0xff).toString(), 4_095],
])('cuts a key that is %s between two characters', (_, key, bytes) => {
  const letter = toDeadLetter(record({ key }), where);
  expect(Buffer.byteLength(letter.key)).toBe(bytes);
  expect(key.startsWith(letter.key)).toBe(true);
  expect(letter.headers).toEqual({ ...told, 'original-sizes': `key ${Buffer.byteLength(key)}, headers 0, value 3 bytes` });
});

it('leaves out the headers that have no room, and keeps its own', () => {
  const letter = toDeadLetter(record({ headers: { first: 'x', large: 'x'.repeat(70_000), last: '\u0001'.repeat(5_000) } }), { ...where, reason: '\u20ac'.repeat(3_000) });
  expect(Object.keys(letter.headers)).toEqual(['first', 'last', 'topic', 'group', 'position', 'reason', 'original-sizes']);
  expect(Buffer.byteLength(JSON.stringify(letter.headers))).toBeLessThan(recordLimits.headerBytes);
});

it('cuts a value above what a record may have', () => {
  const letter = toDeadLetter(record({ value: Buffer.alloc(recordLimits.valueBytes + 1) }), where);
  expect(letter.value.length).toBe(recordLimits.valueBytes);
  expect(letter.headers['original-sizes']).toBe(`key 9, headers 0, value ${recordLimits.valueBytes + 1} bytes`);
});
