import { parse } from 'yaml';
import { readPolicyDraft } from './policy-draft.js';
import { policyTemplate } from './policy-template.js';

test('reads what the chart draws', () => {
  expect(readPolicyDraft('kind: Policy\nmetadata: { name: a }\nspec:\n  metric: cpu.utilisation\n  aggregate: MAX\n  window: 5m\n  target: { match: { host: web-01, region: [kr, jp] } }\n  threshold: { warn: "> 80" }\n')).toEqual({
    metric: 'cpu.utilisation', aggregate: 'max', windowMs: 300_000, threshold: { warn: '> 80' },
  });
});

test('half-written texts give what can be read, or nothing', () => {
  expect(readPolicyDraft('')).toBeUndefined();
  expect(readPolicyDraft('kind: Policy\nspec:\n  metric:')).toBeUndefined();
  expect(readPolicyDraft(': : {{{')).toBeUndefined();
  expect(readPolicyDraft('- 1\n- 2')).toBeUndefined();
  expect(readPolicyDraft('kind: Policy\nspec:\n  metric: m\n  threshold: { warn: "> 80"')?.metric).toBe('m');
  expect(readPolicyDraft('kind: Policy\nspec: { metric: m, window: soon, aggregate: SUM }')).toMatchObject({ windowMs: undefined, aggregate: 'avg' });
});

test('the first policy of several documents is drawn', () => {
  expect(readPolicyDraft('kind: Receiver\n---\nkind: Policy\nspec: { metric: second }\n')?.metric).toBe('second');
});

test('a template says what it was made from', () => {
  const made = policyTemplate({ metric: 'disk.used_percent', aggregate: 'max', match: 'host:web-03,path:/var/lib' });
  expect(readPolicyDraft(made)).toMatchObject({ metric: 'disk.used_percent', aggregate: 'max', windowMs: 60_000 });
  expect(parse(made)).toMatchObject({ metadata: { name: 'disk-used-percent' }, spec: { target: { match: { host: 'web-03', path: '/var/lib' } } } });
  const odd = policyTemplate({ metric: 'odd metric: "x"', aggregate: 'count', match: 'os:Rocky: 9' });
  expect(readPolicyDraft(odd)).toMatchObject({ metric: 'odd metric: "x"', aggregate: 'avg' });
  expect(parse(odd)).toMatchObject({ spec: { target: { match: { os: 'Rocky: 9' } } } });
});
