import { readField, setField } from './set-field.js';

const text = `# who wakes us
kind: Policy
metadata: { name: a }
spec:
  metric: m   # percent
  window: 1m
  threshold: { warn: "> 80", critical: "> 95" } # both
  hold: 2m
`;

test('a value is replaced, and nothing else moves', () => {
  expect(setField(text, 'Policy', ['spec', 'threshold', 'warn'], '> 70')).toBe(text.replace('> 80', '> 70'));
  expect(setField(text, 'Policy', ['spec', 'window'], '5m')).toBe(text.replace('window: 1m', 'window: 5m'));
});

test('a field that is not there is added, and taken away again', () => {
  const added = setField(text, 'Policy', ['spec', 'threshold', 'recover'], '< 75');
  expect(readField(added, 'Policy', ['spec', 'threshold', 'recover'])).toBe('< 75');
  expect(added).toContain('# who wakes us');
  expect(added).toContain('# percent');
  const less = setField(added, 'Policy', ['spec', 'threshold', 'recover'], '');
  expect(readField(less, 'Policy', ['spec', 'threshold', 'recover'])).toBeUndefined();
  expect(readField(less, 'Policy', ['spec', 'threshold', 'warn'])).toBe('> 80');
});

test('the first policy of several documents is meant', () => {
  const two = `kind: Receiver\nmetadata: { name: r }\n---\n${text}---\nkind: Scenario\n`;
  expect(setField(two, 'Policy', ['spec', 'hold'], '5m')).toBe(two.replace('hold: 2m', 'hold: 5m'));
  const added = setField(two, 'Policy', ['spec', 'keepOpen'], '1m');
  expect(added.startsWith('kind: Receiver\nmetadata: { name: r }\n---\n')).toBe(true);
  expect(added.endsWith('---\nkind: Scenario\n')).toBe(true);
  expect(readField(added, 'Policy', ['spec', 'keepOpen'])).toBe('1m');
});

test('what cannot be read is left alone', () => {
  for (const broken of ['', '- 1', 'kind: Policy\nspec: { a: "', 'just words']) {
    expect(setField(broken, 'Policy', ['spec', 'hold'], '1m')).toBe(broken);
    expect(readField(broken, 'Policy', ['spec', 'hold'])).toBeUndefined();
  }
});
