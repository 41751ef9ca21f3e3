import { takeLimit } from './take-limit.js';

test('a limit is taken, and what recovers keeps its distance', () => {
  const text = 'kind: Policy\nspec:\n  threshold: { warn: "> 80.5", recover: "< 75" } # mine\n';
  expect(takeLimit(text, 'warn', 90)).toBe('kind: Policy\nspec:\n  threshold: { warn: "> 90", recover: "< 84.5" } # mine\n');
  expect(takeLimit(text, 'critical', 90)).toBe(text);
  expect(takeLimit('kind: Policy\nspec: { threshold: { info: "<= 0.3" } }\n', 'info', 0.1)).toBe('kind: Policy\nspec: { threshold: { info: "<= 0.1" } }\n');
});
