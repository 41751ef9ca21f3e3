/** Every example of these pages can be applied to a new installation as it stands, and its policies do what their tests say. */
import { readFileSync } from 'node:fs';
import { kinds, type Policy } from '@opsloop/contracts';
import { completeInputs } from '../playbook/complete-inputs.js';
import { renderStep } from '../playbook/render-step.js';
import { testPolicies } from '../policy/policy-test/run-policy-tests.js';
import { checkReferences } from './check-references.js';
import { formatIssue } from './definition-issue.js';
import { parseDefinitions } from './parse-definitions.js';

const baseWindowMs = 10_000;
/** What a new installation has. */
const known = { Receiver: new Set(['on-call']) };
const pages = ['README.md', 'docs/playbooks.md', 'docs/schedules.md'];
const examples = pages.flatMap((page) => {
  const text = readFileSync(new URL(`../../../../${page}`, import.meta.url), 'utf8');
  return [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, example], index) => ({ name: `${page}, example ${index + 1}`, parsed: parseDefinitions(example!, { baseWindowMs }) }));
});

it.each(examples)('$name can be applied', ({ parsed }) => {
  const { errors, warnings } = checkReferences(parsed.definitions, known);
  expect([...parsed.errors, ...parsed.warnings, ...errors, ...warnings].map(formatIssue)).toEqual([]);
  const policies = parsed.definitions.map((one) => one.definition).filter((one): one is Policy => one.kind === 'Policy');
  expect(testPolicies(policies, { baseWindowMs }).flatMap(({ results }) => results.flatMap(({ failures }) => failures))).toEqual([]);
});

it('shows every kind', () => {
  expect([...new Set(examples.flatMap(({ parsed }) => parsed.definitions.map((one) => one.definition.kind)))].toSorted()).toEqual([...kinds].toSorted());
});

it('has steps that can be run with the inputs that are given', () => {
  const definitions = examples.flatMap(({ parsed }) => parsed.definitions.map((one) => one.definition));
  for (const one of definitions) {
    if (one.kind !== 'Playbook') continue;
    const given = definitions.flatMap((other) => (other.kind === 'Scenario' ? Object.values(other.spec.levels).flat() : [])).find((step) => step.do === 'work-order' && step.playbook === one.metadata.name);
    const inputs = completeInputs(one.spec, given?.do === 'work-order' ? (given.inputs ?? {}) : {});
    if (!('values' in inputs)) throw new Error(JSON.stringify(inputs));
    for (const step of one.spec.steps) expect(JSON.stringify(renderStep(one.spec, step, 'step', inputs.values))).not.toContain('{{');
  }
});
