import { diffLines } from './diff-lines.js';

const show = (before: string, after: string): string => diffLines(before, after).map(({ kind, text }) => ({ same: ' ', added: '+', removed: '-' })[kind] + text).join('\n');

test('changed, added and removed lines', () => {
  expect(show('a\nb\nc\n', 'a\nB\nc\nd\n')).toBe(' a\n-b\n+B\n c\n+d');
  expect(show('a\nb\n', 'b\n')).toBe('-a\n b');
  expect(show('', 'a\n')).toBe('+a');
  expect(show('same\n', 'same')).toBe(' same');
});

test('applying a difference gives the later text', () => {
  const before = Array.from({ length: 60 }, (_, index) => `line ${index % 7}`).join('\n');
  const after = Array.from({ length: 60 }, (_, index) => `line ${(index * 3) % 11}`).join('\n');
  const lines = diffLines(before, after);
  expect(lines.filter((line) => line.kind !== 'removed').map((line) => line.text).join('\n')).toBe(after);
  expect(lines.filter((line) => line.kind !== 'added').map((line) => line.text).join('\n')).toBe(before);
});
