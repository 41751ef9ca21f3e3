import { holdList, takeOver } from './hold-list.js';

const rows = (text: string): { id: string; state: string }[] => text.split(' ').filter(Boolean).map((part) => ({ id: part[0]!, state: part.slice(1) }));
const keyOf = (row: { id: string }): string => row.id;
const text = (shown: readonly { id: string; state: string }[]): string => shown.map((row) => row.id + row.state).join(' ');

test('without a reader the newest answer is shown', () => {
  expect(holdList(takeOver(rows('a b')), rows('c a'), keyOf, false)).toEqual({ shown: rows('c a'), held: 0, gone: new Set() });
});

test('under a reader rows keep their places: changed in place, gone ones stay and are told, new ones wait', () => {
  const held = holdList(takeOver(rows('a1 b1 c1')), rows('x1 a2 y1 c1'), keyOf, true);
  expect(text(held.shown)).toBe('a2 b1 c1');
  expect(held.held).toBe(2);
  expect([...held.gone]).toEqual(['b']);
});

test('what is gone is told until it is back', () => {
  const held = holdList(takeOver(rows('a b c')), rows('a c'), keyOf, true);
  expect([...holdList(held, rows('a c'), keyOf, true).gone]).toEqual(['b']);
  expect([...holdList(held, rows('a b c'), keyOf, true).gone]).toEqual([]);
});

test('the next page is taken over at the end', () => {
  const held = holdList(takeOver(rows('a b')), rows('a b c d'), keyOf, true);
  expect(text(held.shown)).toBe('a b c d');
  expect(held.held).toBe(0);
});

test('another list altogether is shown at once', () => {
  expect(text(holdList(takeOver(rows('a b')), rows('c d'), keyOf, true).shown)).toBe('c d');
});
