import type { Definition, DefinitionRecord } from '@opsloop/contracts';
import { applyDefinition, deleteDefinition } from './apply-definition.js';
import { checkReferences } from './check-references.js';
import { diffDefinitions } from './diff-definitions.js';
import { parseDefinitions, type ParsedDefinition } from './parse-definitions.js';
import { planDefinitions } from './plan-definitions.js';

function parse(text: string): readonly ParsedDefinition[] {
  const { definitions, errors } = parseDefinitions(text, { baseWindowMs: 10_000, file: 'set.yaml' });
  expect(errors).toEqual([]);
  return definitions;
}

function store(definition: Definition): DefinitionRecord {
  return applyDefinition(undefined, { tenant: 'default', definition, source: '' }, { author: 'ann', nowMs: 1, managedBy: 'api' }) as DefinitionRecord;
}

const head = (kind: string, name: string): string => `apiVersion: opsloop/v1\nkind: ${kind}\nmetadata: { name: ${name} }\n`;
const receiver = `${head('Receiver', 'ops')}spec: { channel: mail, to: [ops@example.org] }\n`;
const playbook = `${head('Playbook', 'restart')}spec:\n  steps: [{ id: a, uses: local, run: [echo] }]\n  verify: { policy: cpu }\n`;
const scenario = `${head('Scenario', 'heal')}spec: { levels: { critical: [{ do: work-order, playbook: restart }] } }\n`;
const policy = `${head('Policy', 'cpu')}spec:\n  metric: cpu.utilisation\n  threshold: { warn: "> 80" }\n  scenarios: [heal]\n  receivers: [ops]\n`;
const all = [receiver, playbook, scenario, policy].join('---\n');

it('refuses to change what a file manages, and lets alone what is the same', () => {
  const [managed] = parse(receiver).map(({ definition }) => ({ ...store(definition), managedBy: 'file' as const }));
  const { items, errors } = planDefinitions([managed!], parse(receiver.replace('ops@', 'night@')));
  expect(items[0]!.action).toBe('change');
  expect(errors).toEqual([expect.objectContaining({ file: 'set.yaml', line: 3, path: 'metadata.name', message: expect.stringMatching(/^Receiver ops is managed by a file, or built in: .*OPSLOOP_POLICY_DIR/) })]);
  expect(planDefinitions([managed!], parse(receiver)).errors).toEqual([]);
});

describe('checkReferences', () => {
  it('is content with a set that names what it holds', () => {
    expect(checkReferences(parse(all), {})).toEqual({ errors: [], warnings: [] });
  });

  it('refuses names that nothing bears, with the place and a suggestion', () => {
    const { errors } = checkReferences(parse([scenario.replace('playbook: restart', 'playbook: restrat'), policy].join('---\n')), { Playbook: new Set(['restart']) });
    expect(errors).toEqual([
      { file: 'set.yaml', line: 4, column: 48, path: 'spec.levels.critical.0.playbook', message: 'there is no playbook named restrat (did you mean restart?): apply it first, or together with this one' },
      expect.objectContaining({ line: 13, column: 15, path: 'spec.receivers.0', message: expect.stringContaining('there is no receiver named ops') }),
    ]);
  });

  it('only warns without a server, and of the policy that verifies a playbook', () => {
    expect(checkReferences(parse(policy)).errors).toEqual([]);
    expect(checkReferences(parse(policy)).warnings).toHaveLength(2);
    const later = checkReferences(parse(playbook), {});
    expect(later.errors).toEqual([]);
    expect(later.warnings).toEqual([expect.objectContaining({ path: 'spec.verify.policy' })]);
  });

  it('refuses to verify a target by a policy that counts resources, whether it is new or stored', () => {
    const group = `${head('Policy', 'cpu')}spec: { metric: cpu.utilisation, kind: group, group: { where: "> 90", measure: share }, threshold: { warn: "> 30" } }\n`;
    const problem = expect.objectContaining({ line: 6, path: 'spec.verify.policy', message: expect.stringMatching(/^cpu counts resources, .* name in verify.policy a policy of another kind/) });
    expect(checkReferences(parse([playbook, group].join('---\n')), {}).errors).toEqual([problem]);
    expect(planDefinitions(parse(group).map(({ definition }) => store(definition)), parse(playbook)).errors).toEqual([problem]);
    expect(planDefinitions(parse(group).map(({ definition }) => store(definition)), parse([playbook, policy, receiver, scenario].join('---\n'))).errors).toEqual([]);
  });

  it('refuses work orders that could never run, whether their playbook is new or stored', () => {
    const typed = `${head('Playbook', 'restart')}spec:\n  inputs: { service: { type: string }, wait: { type: number, default: 5 } }\n  steps: [{ id: a, uses: local, run: [echo, "{{ service }}", "{{ wait }}"] }]\n`;
    const web = `${head('Playbook', 'flush')}spec: { steps: [{ id: a, uses: http, request: { path: / } }] }\n`;
    const healing = (step: string) => `${head('Scenario', 'heal')}spec: { levels: { critical: [{ do: work-order, ${step} }] } }\n`;
    const due = `${head('Schedule', 'nightly')}spec: { cron: "@daily", workOrder: { type: change, title: t, targets: [{ id: a, name: a, address: { host: a } }], jobs: [{ playbook: restart, inputs: { servce: a } }] } }\n`;
    const problemsOf = (text: string): string[] => {
      const [playbooks, rest] = [parse([typed, web].join('---\n')), parse(text)];
      const stored = planDefinitions(playbooks.map(({ definition }) => store(definition)), rest).errors;
      expect(checkReferences([...playbooks, ...rest]).errors).toEqual(stored);
      return stored.map(({ path, message }) => `${path}: ${message}`);
    };
    expect(problemsOf(healing('playbook: restart, inputs: { service: nginx }'))).toEqual([]);
    expect(problemsOf(healing('playbook: restart'))).toEqual(['spec.levels.critical.0.inputs.service: is missing: the playbook has no default for it']);
    expect(problemsOf(healing('playbook: restart, inputs: { service: nginx, wait: soon }'))).toEqual(['spec.levels.critical.0.inputs.wait: must be a number, not string']);
    expect(problemsOf(healing('playbook: restart, inputs: { service: -x }'))).toEqual([expect.stringMatching(/^spec.levels.critical.0.inputs: the value of service begins with "-"/)]);
    expect(problemsOf(healing('playbook: flush'))).toEqual(['spec.levels.critical.0.runner: the step needs runner.url, an http or https address, for the http steps of playbook flush']);
    expect(problemsOf(healing('playbook: flush, runner: { url: "http://cache:90" }'))).toEqual([]);
    expect(problemsOf(due)).toEqual([expect.stringMatching(/^spec.workOrder.jobs.0.inputs.servce: is not an input/), expect.stringMatching(/^spec.workOrder.jobs.0.inputs.service: is missing/)]);
  });

  it('refuses the same name twice', () => {
    expect(checkReferences(parse(`${receiver}---\n${receiver}`), {}).errors).toEqual([expect.objectContaining({ line: 8, message: expect.stringContaining('Receiver ops is defined twice') })]);
  });
});

describe('planDefinitions', () => {
  it('tells what is new, changed and as it was, by field', () => {
    const before = parse(all).map(({ definition }) => store(definition));
    const changed = policy.replace('"> 80"', '"> 85", critical: "> 95"').replace('spec:', 'spec:\n  hold: 2m');
    const plan = planDefinitions(before, parse([receiver, changed, receiver.replace('ops }', 'night }')].join('---\n')));
    expect(plan.items).toEqual([
      { kind: 'Receiver', name: 'ops', action: 'unchanged', changes: [] },
      {
        kind: 'Policy', name: 'cpu', action: 'change',
        changes: [
          { path: 'spec.hold', before: '0s', after: '2m' },
          { path: 'spec.threshold.critical', before: undefined, after: '> 95' },
          { path: 'spec.threshold.warn', before: '> 80', after: '> 85' },
        ],
      },
      { kind: 'Receiver', name: 'night', action: 'create', changes: [{ path: '', before: undefined, after: expect.objectContaining({ kind: 'Receiver' }) }] },
    ]);
    expect(plan.errors).toEqual([]);
  });

  it('takes a deleted definition as absent', () => {
    const gone = deleteDefinition(store(parse(receiver)[0]!.definition), { author: 'ann', nowMs: 2, managedBy: 'api' }) as DefinitionRecord;
    const plan = planDefinitions([gone], parse([receiver, policy.replace('  scenarios: [heal]\n', '')].join('---\n')));
    expect(plan.items.map(({ action }) => action)).toEqual(['create', 'create']);
    expect(planDefinitions([gone], parse(policy.replace('  scenarios: [heal]\n', ''))).errors).toHaveLength(1);
  });
});

describe('diffDefinitions', () => {
  it('compares steps one by one and plain lists as a whole', () => {
    const [before, after] = [playbook, playbook.replace('run: [echo]', 'run: [echo, hi], idempotent: true')].map((text) => parse(text)[0]!.definition);
    expect(diffDefinitions(before!, after!)).toEqual([
      { path: 'spec.steps.0.idempotent', before: false, after: true },
      { path: 'spec.steps.0.run', before: ['echo'], after: ['echo', 'hi'] },
    ]);
    expect(diffDefinitions(before!, before!)).toEqual([]);
    expect(diffDefinitions(null, null)).toEqual([]);
  });
});
