import { playbookSchema } from './playbook.js';
import { scenarioSchema } from './scenario.js';

const step = { id: 'one', uses: 'local', run: ['true'] };

function issuesOf(spec: object): string[] {
  const parsed = playbookSchema.safeParse({ apiVersion: 'opsloop/v1', kind: 'Playbook', metadata: { name: 'p' }, spec });
  return parsed.success ? [] : parsed.error.issues.map((one) => `${one.path.join('.')}: ${one.message}`);
}

describe('playbookProblems', () => {
  it('takes a playbook as the design shows it, with a runner that exists', () => {
    expect(
      issuesOf({
        for: { class: 'MW', category: 'web', software: 'nginx', versions: '*' },
        inputs: { service: { type: 'string', default: 'nginx' } },
        strategy: { canary: 1, batch: '25%', maxFail: '10%' },
        steps: [
          { id: 'check', uses: 'local', run: ['systemctl', 'is-active', '{{ service }}'], failedWhen: 'false' },
          { id: 'restart', uses: 'local', run: ['systemctl', 'restart', '{{ service }}'], timeout: '60s', retry: { attempts: 2, delay: '5s' }, rollback: ['systemctl', 'start', '{{ service }}'] },
          { id: 'ask', uses: 'http', request: { path: '/health' }, rollback: { method: 'POST', path: '/undo' } },
        ],
        verify: { policy: 'nginx-up', holds: '2m' },
      }),
    ).toEqual([]);
  });

  it.each([
    ['an undeclared input', { steps: [{ ...step, run: ['echo', '{{ who }}'] }] }, 'spec.steps.0.run.1: names the input "who", which is not declared: add it under inputs'],
    ['an undeclared input in a rollback', { inputs: { a: { type: 'string' } }, steps: [{ ...step, rollback: ['echo', '{{ b }}'] }] }, 'spec.steps.0.rollback.1: names the input "b", which is not declared: there are a'],
    ['a command from an input', { inputs: { a: { type: 'string' } }, steps: [{ ...step, run: ['{{ a }}'] }] }, 'spec.steps.0.run.0: is the command, and must not come from an input'],
    ['a part of the command from an input', { inputs: { a: { type: 'string' } }, steps: [{ ...step, run: ['/bin/{{ a }}'] }] }, 'spec.steps.0.run.0: is the command, and must not come from an input'],
    ['braces without a name', { steps: [{ ...step, run: ['echo', '{{ .Names }}'] }] }, "spec.steps.0.run.1: has \"{{\" without the name of an input behind it: write {{ name }}, or {{ '{{' }} for the two braces themselves"],
    ['a null byte', { steps: [{ ...step, run: ['echo', 'a\0b'] }] }, 'spec.steps.0.run.1: holds a null byte'],
    ['a runner of later', { steps: [{ ...step, uses: 'ssh' }] }, 'spec.steps.0.uses: ssh is not available yet: use local or http'],
    ['the same id twice', { steps: [step, step] }, 'spec.steps.1.id: is used twice: step ids tell results apart, so each "one" needs a name of its own'],
    ['local without run', { steps: [{ id: 'a', uses: 'local' }] }, 'spec.steps.0.run: is missing: a step that uses local needs an argument list'],
    ['http with run', { steps: [{ id: 'a', uses: 'http', run: ['x'], request: {} }] }, 'spec.steps.0.run: does not belong to a step that uses http: it takes request'],
    ['http without request', { steps: [{ id: 'a', uses: 'http' }] }, 'spec.steps.0.request: is missing: a step that uses http needs a request'],
    ['another kind of rollback', { steps: [{ id: 'a', uses: 'http', request: {}, rollback: ['x'] }] }, 'spec.steps.0.rollback: must be a request, since the step uses http'],
    ['a path that is an address', { steps: [{ id: 'a', uses: 'http', request: { path: '//other.host/' } }] }, 'spec.steps.0.request.path: must begin with one /: the address of the target comes before it'],
    ['inputs in a body of unknown escaping', { inputs: { a: { type: 'string' } }, steps: [{ id: 'a', uses: 'http', request: { method: 'POST', body: '<a>{{ a }}</a>', headers: { 'Content-Type': 'text/xml' } } }] }, 'spec.steps.0.request.body: holds inputs, so the header Content-Type must be one of application/json, application/x-www-form-urlencoded, text/plain: they say how a value is escaped'],
    ['a body on GET', { steps: [{ id: 'a', uses: 'http', request: { body: 'x' } }] }, 'spec.steps.0.request.body: does not belong to GET'],
    ['a pattern that is none', { inputs: { a: { type: 'string', pattern: '(' } }, steps: [step] }, 'spec.inputs.a.pattern: is not a regular expression'],
    ['a default of another type', { inputs: { a: { type: 'number', default: 'x' } }, steps: [step] }, 'spec.inputs.a.default: must be a number, not string'],
    ['a default outside of its pattern', { inputs: { a: { type: 'string', default: 'xyz', pattern: '[a-c]+' } }, steps: [step] }, 'spec.inputs.a.default: does not match the pattern [a-c]+'],
    ['a batch of nothing', { strategy: { batch: '0%' }, steps: [step] }, 'spec.strategy.batch: is nothing: a batch holds at least 1 target'],
    ['no time to hold', { steps: [step], verify: { policy: 'p', holds: '10m', within: '1m' } }, 'spec.verify.within: is shorter than holds: nothing can hold for 10m within 1m'],
    ['no time to run', { steps: [{ ...step, timeout: '0s' }] }, 'spec.steps.0.timeout: must be longer than 0 and at most 1d'],
  ])('refuses %s, with its place and the way out', (_name, spec, expected) => {
    expect(issuesOf(spec)).toEqual([expected]);
  });
});

const scenario = (spec: object) => scenarioSchema.safeParse({ apiVersion: 'opsloop/v1', kind: 'Scenario', metadata: { name: 's' }, spec });

describe('scenarioSchema', () => {
  it.each(['diagnose', 'wait', 'verify'])('says that %s is not available yet', (kind) => {
    const parsed = scenario({ levels: { critical: [{ do: kind }] } });
    expect(parsed.error?.issues[0]?.message).toBe(`${kind} is not available yet: use notify, work-order or escalate`);
  });

  it('refuses limits that it could not remember', () => {
    const levels = { critical: [{ do: 'escalate', receivers: ['a'] }] };
    expect(scenario({ cooldown: '7d', maxRunsPerHour: 1_000, levels }).error?.issues[0]?.path).toEqual(['spec', 'cooldown']);
    expect(scenario({ cooldown: '7d', maxRunsPerHour: 20, levels }).success).toBe(true);
  });
});
