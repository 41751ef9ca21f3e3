import { sourceText } from './source-text.js';

test('JSON is shown as YAML, everything else as it was written', () => {
  expect(sourceText('{"kind":"Policy","spec":{"threshold":{"warn":"> 85"},"receivers":["on-call"]}}')).toBe('kind: Policy\nspec:\n  threshold:\n    warn: "> 85"\n  receivers:\n    - on-call\n');
  expect(sourceText('# mine\nkind: Policy\n')).toBe('# mine\nkind: Policy\n');
  expect(sourceText('{ kind: Policy }')).toBe('{ kind: Policy }');
});
