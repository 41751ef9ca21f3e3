import type { Policy } from '@opsloop/contracts';
import { parseDefinitions } from '../../definition/parse-definitions.js';
import { runPolicyTests, testPolicies } from './run-policy-tests.js';

const baseWindowMs = 10_000;

const example = `apiVersion: opsloop/v1
kind: Policy
metadata: { name: cpu-high, labels: { team: web } }
spec:
  metric: cpu.utilisation
  aggregate: AVG
  window: 1m
  target: { match: { "infra_id": "infra-1" } }   # label selector; labels split alarms
  threshold: { info: "> 70", warn: "> 80", critical: "> 95", recover: "< 65" }
  hold: 2m
  keepOpen: 1m
  repeat: 1h
  noData: no-data            # keep-last | no-data | ok
  scenarios: [restart-web]
  receivers: [ops-mail]
tests:
  - name: opens after the hold
    input: { series: "cpu.utilisation{host=a}", every: 10s, values: "50x6 90x18 40x12" }
    expect: [{ at: 3m, level: warn }, { at: 5m, state: resolved }]
`;

function policy(input: string, expectation: string, noData = 'no-data'): Policy {
  const text = `${example.slice(0, example.indexOf('tests:')).replace('noData: no-data', `noData: ${noData}`)}tests:\n  - name: it\n    input: ${input}\n    expect: ${expectation}\n`;
  const { definitions, errors } = parseDefinitions(text, { baseWindowMs });
  if (definitions[0]?.definition.kind !== 'Policy') throw new Error(JSON.stringify(errors));
  return definitions[0].definition;
}

function failures(input: string, expectation: string, noData?: string): readonly string[] {
  return runPolicyTests(policy(input, expectation, noData), { baseWindowMs })[0]!.failures;
}

/** Three minutes of load on a host with one more label. */
function busy(label: string): string {
  return `{ series: "cpu.utilisation{host=a,${label}}", every: 10s, values: "90x18" }`;
}

const opensAndResolves = '{ series: "cpu.utilisation{host=a}", every: 10s, values: "50x6 90x18 40x12" }';

describe('runPolicyTests', () => {
  it('passes the example of the policy file exactly', () => {
    const { definitions } = parseDefinitions(example, { baseWindowMs });
    expect(testPolicies(definitions.map((one) => one.definition), { baseWindowMs })).toEqual([{ policy: 'cpu-high', results: [{ name: 'opens after the hold', passed: true, failures: [] }] }]);
  });

  it.each([
    ['another time', '[{ at: 4m, level: warn }, { at: 5m, state: resolved }]', ['at 4m warn was expected, but nothing happened', expect.stringMatching(/^at 3m open warn, which was not expected: AVG of cpu\.utilisation was 90/)]],
    ['another level', '[{ at: 3m, level: info }, { at: 5m, state: resolved }]', ['at 3m info was expected, but open warn', expect.stringContaining('at 3m open warn, which was not expected')]],
    ['too little', '[{ at: 3m, level: warn }]', [expect.stringMatching(/^at 5m resolved warn, which was not expected/)]],
    ['nothing', '[]', [expect.stringContaining('at 3m'), expect.stringContaining('at 5m')]],
    ['too late', '[{ at: 3m }, { at: 5m, state: resolved }, { at: 9m, level: warn }]', ['at 9m warn was expected, but the input ends at 6m']],
    ['a level where it was resolved', '[{ at: 3m }, { at: 5m, level: warn }]', ['at 5m warn was expected, but resolved warn', expect.stringContaining('at 5m resolved')]],
  ])('tells when a test expects %s', (_name, expectation, expected) => {
    expect(failures(opensAndResolves, expectation)).toEqual(expected);
  });

  it('knows gaps, missing data and their return', () => {
    const input = '{ series: "cpu.utilisation{host=a}", every: 10s, values: "50x6 _x24 50x12" }';
    expect(failures(input, '[{ at: 4m, state: no-data }, { at: 6m, state: resolved }]')).toEqual([]);
    expect(failures(input, '[]', 'keep-last').length).toBe(0);
  });

  it('keeps several series apart', () => {
    const input = '[{ series: "cpu.utilisation{host=a}", every: 10s, values: "90x18" }, { series: "cpu.utilisation{host=b}", every: 10s, values: "96x12 50x6" }]';
    expect(failures(input, '[{ at: 2m, level: warn, series: "cpu.utilisation{host=a}" }, { at: 2m, level: critical, series: "cpu.utilisation{ host = b }" }, { at: 3m, state: resolved, series: "cpu.utilisation{host=b}" }]')).toEqual([]);
    expect(failures(input, '[{ at: 2m, level: warn, series: "cpu.utilisation{host=b}" }]')).toHaveLength(4);
  });

  it('applies a rule of the target where the series names that label', () => {
    expect(failures(busy('infra_id=infra-1'), '[{ at: 2m, level: warn }]')).toEqual([]);
    expect(failures(busy('infra_id=infra-2'), '[]')).toEqual([]);
  });

  it('takes no label of one metric as an attribute for another: live nobody gives it to the resource', () => {
    const text = `apiVersion: opsloop/v1
kind: Policy
metadata: { name: full-and-busy }
spec:
  kind: composite
  metric: disk.used_percent
  window: 10s
  target: { match: { path: /data } }
  composite:
    when: { full: { is: "> 90" }, busy: { metric: cpu.utilisation, is: "> 50" } }
    critical: full and busy
tests:
  - name: it
    input:
      - { series: "disk.used_percent{host=a,path=/data}", every: 10s, values: "95x3" }
      - { series: "cpu.utilisation{host=a}", every: 10s, values: "80x3" }
    expect: []
`;
    const { definitions, errors, warnings } = parseDefinitions(text, { baseWindowMs });
    expect({ errors, results: testPolicies(definitions.map((one) => one.definition), { baseWindowMs }) }).toMatchObject({ errors: [], results: [{ results: [{ failures: [] }] }] });
    expect(warnings).toMatchObject([{ line: 8, path: 'spec.target.match.path', message: expect.stringContaining('is a label of disk.used_percent, and cpu.utilisation has none of that name') }]);
  });

  it('watches the total of a metric, and a part when the target names it', () => {
    expect(failures(busy('cpu=cpu0'), '[]')).toEqual([]);
    expect(failures(busy('cpu=cpu-total'), '[{ at: 2m, level: warn }]')).toEqual([]);
  });

  it('samples at any pace', () => {
    expect(failures('{ series: "cpu.utilisation{host=a}", every: 5m, values: "50 90x3 40" }', '[{ at: 11m, level: warn }, { at: 21m, state: resolved }]', 'keep-last')).toEqual([]);
    expect(failures('{ series: "cpu.utilisation{host=a}", every: 1s, values: "90x120" }', '[{ at: 2m, level: warn }]')).toEqual([]);
  });
});
