/** Every example of docs/policies.md is a policy that is accepted, and does what its tests say. */
import { readFileSync } from 'node:fs';
import { policyKinds, type Policy } from '@opsloop/contracts';
import { formatIssue } from '../../definition/definition-issue.js';
import { parseDefinitions } from '../../definition/parse-definitions.js';
import { testPolicies } from './run-policy-tests.js';

const baseWindowMs = 10_000;
const page = readFileSync(new URL('../../../../../docs/policies.md', import.meta.url), 'utf8');
const parsed = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text]) => parseDefinitions(text!, { baseWindowMs }));
const policies = parsed.flatMap(({ definitions }) => definitions.map((one) => one.definition as Policy));

describe('the examples of the policies page', () => {
  it('are accepted', () => {
    expect(parsed.flatMap(({ errors }) => errors.map(formatIssue))).toEqual([]);
  });

  it('show every kind, and the page lists it', () => {
    expect([...new Set(policies.map(({ spec }) => spec.kind))].toSorted()).toEqual([...policyKinds].toSorted());
    for (const kind of policyKinds) expect(page).toContain(`| [${kind}](#`);
  });

  it('do what they say', () => {
    const reports = testPolicies(policies, { baseWindowMs });
    expect(reports.flatMap(({ policy, results }) => results.flatMap(({ failures }) => failures.map((failure) => `${policy}: ${failure}`)))).toEqual([]);
    expect(policies.filter(({ tests }) => !tests).map(({ metadata }) => metadata.name)).toEqual([]);
  });
});
