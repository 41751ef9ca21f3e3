import { formatIssue } from './definition-issue.js';
import { checkDefinition, parseDefinitions } from './parse-definitions.js';

function issues(text: string): { errors: string[]; warnings: string[]; names: string[] } {
  const { definitions, errors, warnings } = parseDefinitions(text, { baseWindowMs: 10_000, file: 'a.yaml' });
  return { errors: errors.map(formatIssue), warnings: warnings.map(formatIssue), names: definitions.map(({ definition }) => `${definition.kind}/${definition.metadata.name}`) };
}

function policy(lines: string): string {
  return `apiVersion: opsloop/v1\nkind: Policy\nmetadata: { name: cpu }\nspec:\n  metric: cpu.utilisation\n${lines}\n`;
}

const receiver = `apiVersion: opsloop/v1
kind: Receiver
metadata: { name: ops }
spec: { channel: mail, to: [ops@example.org] }
`;

const flatPlaybook = `# restarts nginx
name: mw.nginx.restart
title: { en: Restart Nginx, ko: NginX 재기동 }
for: { class: MW, category: web, software: nginx, versions: "*" }
inputs: { service: { type: string, default: nginx } }
strategy: { canary: 1, batch: 25%, maxFail: 10% }
steps:
  - id: restart
    uses: local
    run: [systemctl, restart, "{{ service }}"]
    retry: { attempts: 2, delay: 5s }
verify: { policy: nginx-up, holds: 2m }
`;

describe('parseDefinitions', () => {
  it('reads many documents, and each keeps its own text', () => {
    const parsed = parseDefinitions(`# head\n---\n${receiver}---\n${flatPlaybook}...\n---\n# nothing here\n`, { baseWindowMs: 10_000 });
    expect(parsed.errors).toEqual([]);
    expect(parsed.definitions.map(({ definition }) => definition.metadata.name)).toEqual(['ops', 'mw.nginx.restart']);
    expect(parsed.definitions[1]!.source).toBe(`${flatPlaybook}...`.trim());
    const again = parseDefinitions(parsed.definitions[1]!.source, { baseWindowMs: 10_000 });
    expect(again.definitions[0]!.definition).toEqual(parsed.definitions[1]!.definition);
  });

  it.each([
    ['an indented document', receiver.replace(/^/gm, '  ')],
    ['an indented document behind others', `${receiver}---\n\n${receiver.replace('name: ops', 'name: night').replace(/^(?=.)/gm, '    ')}\n \n`],
    ['a byte order mark, and lines that end as on Windows', `\uFEFF\n---\n${receiver}--- # second\n${receiver.replace('name: ops', 'name: night')}...\n`.replaceAll('\n', '\r\n')],
    ['an own directive', `%YAML 1.1\n---\n${flatPlaybook.replace('attempts: 2', 'attempts: 0b11')}`],
    ['blank lines that count', `${flatPlaybook.replace('title: { en: Restart Nginx, ko: NginX 재기동 }\n', '')}title:\n  en: |+\n    Restart\n\n\n`],
  ])('what is sent of %s is what was read', (_, text) => {
    const parsed = parseDefinitions(text, { baseWindowMs: 10_000 });
    expect(parsed.errors).toEqual([]);
    for (const { source, definition } of parsed.definitions) expect(parseDefinitions(source, { baseWindowMs: 10_000 }).definitions.map((one) => one.definition)).toEqual([definition]);
  });

  it('refuses a document that means something else without those before it', () => {
    const octal = (name: string) => flatPlaybook.replace('mw.nginx.restart', name).replace('attempts: 2', 'attempts: 0b11');
    expect(issues(`%YAML 1.1\n---\n${octal('a.first')}---\n${octal('a.second')}`)).toMatchObject({ names: ['Playbook/a.first'], errors: [expect.stringMatching(/^a\.yaml:17:1 means something else without the documents before it/)] });
    expect(issues(`${receiver.replace('spec: {', 'spec: &s {')}---\n${receiver.replace(/spec: .*/, 'spec: *s')}`).errors).toEqual([expect.stringMatching(/^a\.yaml:5:1 uses aliases.* what is not in this document/)]);
  });

  it('reads JSON with tabs, and a list of definitions', () => {
    const json = JSON.stringify([{ apiVersion: 'opsloop/v1', kind: 'Receiver', metadata: { name: 'a' }, spec: { channel: 'mail', to: ['a@example.org'] } }], null, '\t');
    expect(issues(json)).toEqual({ errors: [], warnings: [], names: ['Receiver/a'] });
  });

  it('makes a flat playbook a full one', () => {
    const { definition } = parseDefinitions(flatPlaybook, { baseWindowMs: 10_000 }).definitions[0]!;
    expect(definition).toMatchObject({ kind: 'Playbook', metadata: { name: 'mw.nginx.restart', title: { ko: 'NginX 재기동' } }, spec: { strategy: { batch: '25%' }, steps: [{ id: 'restart', timeout: '60s' }], verify: { within: '10m' } } });
  });

  it.each(['false', '"false"', "'false'"])('takes failedWhen: %s', (written) => {
    const { definition } = parseDefinitions(flatPlaybook.replace('uses: local', `uses: local\n    failedWhen: ${written}`), { baseWindowMs: 10_000 }).definitions[0]!;
    expect(definition).toMatchObject({ spec: { steps: [{ failedWhen: 'false' }] } });
  });

  it('names fields of a flat playbook as they were written', () => {
    expect(issues(flatPlaybook.replace('run: [systemctl, restart, "{{ service }}"]', 'rum: [systemctl]')).errors).toContainEqual(
      expect.stringMatching(/^a\.yaml:10:5 steps\.0\.rum: is not a field here \(did you mean run\?\)/),
    );
  });

  it.each([
    ['a misspelt field', policy('  treshold: { warn: "> 80" }'), /^a\.yaml:6:3 spec\.treshold: is not a field here \(did you mean threshold\?\)/],
    ['a number as a threshold', policy('  threshold: { warn: 80 }'), /^a\.yaml:6:16 spec\.threshold\.warn: 80 is not a comparison: write an operator/],
    ['words as a threshold', policy('  threshold: { warn: high }'), /6:16 spec\.threshold\.warn: is not a comparison/],
    ['no threshold', policy('  hold: 1m'), /spec\.threshold: needs at least one of info, warn and critical/],
    ['levels in the wrong order', policy('  threshold: { info: "> 90", warn: "> 80" }'), /spec\.threshold\.info: "> 90" is never reached, because warn "> 80" holds wherever it does: let the limits rise/],
    ['levels in the wrong order, downwards', policy('  threshold: { warn: "< 5", critical: "< 10" }'), /spec\.threshold\.warn: "< 5" is never reached.*let the limits fall/],
    ['two levels with one limit', policy('  threshold: { info: "> 80", warn: "> 80" }'), /spec\.threshold\.info: .*never reached/],
    ['levels in two directions', policy('  threshold: { info: "> 80", warn: "< 10" }'), /spec\.threshold\.warn: looks downwards and info upwards/],
    ['recover on the wrong side', policy('  threshold: { warn: "> 80", recover: "> 70" }'), /spec\.threshold\.recover: .* must lie on the healthy side, for example "< 80"/],
    ['recover that overlaps', policy('  threshold: { warn: "> 80", recover: "< 85" }'), /spec\.threshold\.recover: "< 85" holds where warn "> 80" does/],
    ['a threshold without end', policy('  threshold: { warn: "> 1e999" }'), /beyond the largest number/],
    ['a window that base windows do not fill', policy('  window: 15s\n  threshold: { warn: "> 80" }'), /^a\.yaml:6:3 spec\.window: 15s is not a multiple of the base window, 10s: write 10s, 20s/],
    ['no window at all', policy('  window: 0s\n  threshold: { warn: "> 80" }'), /spec\.window: 0s is not a multiple/],
    ['a bare number as a duration', policy('  hold: 5\n  threshold: { warn: "> 80" }'), /spec\.hold: 5 is not a duration/],
    ['an unknown aggregate', policy('  aggregate: MEDIAN\n  threshold: { warn: "> 80" }'), /spec\.aggregate: "MEDIAN" is not one of MIN, MAX, AVG, LAST/],
    ['text where a list belongs', policy('  threshold: { warn: "> 80" }\n  receivers: ops'), /spec\.receivers: is text, and must be a list/],
    ['missing data after too short a time', policy('  threshold: { warn: "> 80" }\n  noData: no-data\n  noDataAfter: 10s'), /spec\.noDataAfter: 10s is shorter than two base windows/],
    ['repeat without a pause', policy('  threshold: { warn: "> 80" }\n  repeat: 0s'), /spec\.repeat: must be longer than 0/],
    ['a later kind', 'apiVersion: opsloop/v1\nkind: Silence\nmetadata: { name: a }\n', /^a\.yaml:2:1 kind: Silence is not available yet/],
    ['a misspelt kind', 'apiVersion: opsloop/v1\nkind: policy\n', /kind: "policy" is not a kind \(did you mean Policy\?\)/],
    ['another version of the API', receiver.replace('/v1', '/v2'), /apiVersion: "opsloop\/v2" is not known: write opsloop\/v1/],
    ['a name that is none', receiver.replace('ops }', 'Ops Team }'), /metadata\.name: is not a name: use 1 to 120/],
    ['a later channel', receiver.replace('mail', 'sms'), /spec\.channel: sms is not available yet/],
    ['a wrong mail address', receiver.replace('ops@', 'ops at '), /spec\.to\.0: "ops at example\.org" is not a valid mail address/],
    ['a receiver of no level', receiver.replace('channel:', 'levels: [], channel:'), /^a\.yaml:4:9 spec\.levels: is empty, so that no alarm would be told: leave it out/],
    ['another way to fail', flatPlaybook.replace('uses: local', 'uses: local\n    failedWhen: true'), /steps\.0\.failedWhen: "true" is not one of false, non-zero-exit/],
    ['a step on a later runner', flatPlaybook.replace('local', 'ssh'), /steps\.0\.uses: ssh is not available yet/],
    ['a range of versions in another language', flatPlaybook.replace('versions: "*"', 'versions: "1.x || 2.x"'), /for\.versions: holds "\|\|", which is no condition on a version: .*>=1\.20 <2/],
    ['an input that is not declared', flatPlaybook.replace('{{ service }}', '{{ servce }}'), /steps\.0\.run\.2: names the input "servce", which is not declared/],
    ['a scenario without levels', 'apiVersion: opsloop/v1\nkind: Scenario\nmetadata: { name: s }\nspec: { levels: {} }', /spec\.levels: is empty/],
    ['two work orders of one level', 'apiVersion: opsloop/v1\nkind: Scenario\nmetadata: { name: s }\nspec: { levels: { warn: [{ do: work-order, playbook: dump }, { do: work-order, playbook: restart }] } }', /spec\.levels\.warn\.1: is the second work order of warn, and the cooldown of 10m would hold it back/],
    ['a later step of a scenario', 'apiVersion: opsloop/v1\nkind: Scenario\nmetadata: { name: s }\nspec: { levels: { warn: [{ do: wait }] } }', /spec\.levels\.warn\.0\.do: wait is not available yet/],
    ['an unknown step of a scenario', 'apiVersion: opsloop/v1\nkind: Scenario\nmetadata: { name: s }\nspec: { levels: { warn: [{ do: dance }] } }', /do: "dance" is not one of notify, work-order, escalate/],
    ['an unknown level', 'apiVersion: opsloop/v1\nkind: Scenario\nmetadata: { name: s }\nspec: { levels: { fatal: [] } }', /spec\.levels\.fatal: is not a field here: there are info, warn, critical, down/],
    ['a test of another metric', policy('  threshold: { warn: "> 80" }\ntests:\n  - name: a\n    input: { series: "mem.used{host=a}", every: 10s, values: "1" }\n    expect: []'), /tests\.0\.input\.series: is of the metric mem\.used, the policy watches cpu\.utilisation/],
    ['values that cannot be read', policy('  threshold: { warn: "> 80" }\ntests:\n  - name: a\n    input: { series: "cpu.utilisation{host=a}", every: 10s, values: "1 two" }\n    expect: []'), /tests\.0\.input\.values: "two" is not a value/],
    ['the same test twice', policy('  threshold: { warn: "> 80" }\ntests:\n  - &t { name: a, input: { series: "cpu.utilisation{host=a}", every: 10s, values: "1" }, expect: [] }\n  - *t'), /tests\.1\.name: is used twice/],
    ['text alone', 'cpu', /is not a definition/],
    ['nothing', '', /holds no definition/],
    ['comments alone', '# later\n', /holds no definition/],
    ['a field twice', 'kind: Policy\nkind: Policy\n', /^a\.yaml:2:1 kind: is written twice/],
    ['an open bracket', 'a: [1', /^a\.yaml:1:6 cannot be read as YAML or JSON/],
    ['tabs', 'a:\n\tb: 1\n', /^a\.yaml:2:1 cannot be read as YAML or JSON: Tabs/],
    ['an unknown tag', 'a: !!js/function x', /cannot be read as YAML or JSON: Unresolved tag/],
    ['a prototype', '__proto__: { kind: Policy }\n', /__proto__: is not a field/],
    ['zero bytes', 'kind: Pol\0icy', /holds zero bytes/],
    ['an alias that holds itself', 'kind: &k [*k]\n', /uses aliases/],
    ['aliases that grow', `a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c]`, /uses aliases .* unfold to more than 50 copies/],
  ])('refuses %s and says where', (_name, text, message) => {
    const { errors, names } = issues(text);
    expect(names).toEqual([]);
    expect(errors).toContainEqual(expect.stringMatching(message));
  });

  it.each([
    ['brackets', '['.repeat(300_000)],
    ['dashes', '- '.repeat(300_000)],
    ['question marks', '? '.repeat(300_000)],
    ['steps', Array.from({ length: 1_000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    ['fields', Array.from({ length: 60_000 }, (_, i) => `k${i}: 1`).join('\n')],
    ['entries', 'a:\n' + '- x\n'.repeat(45_000)],
    ['entries on a line', `a: [${'1,'.repeat(45_000)}1]`],
    ['quotes', `a: ${'"'.repeat(500_000)}`],
    ['words in quotes', `a: ${'"a" '.repeat(48_000)}`],
    ['anchors', Array.from({ length: 45_000 }, (_, i) => `- &k${i} x`).join('\n')],
    ['fields within bounds', Array.from({ length: 24_000 }, (_, i) => `k${i}: 1`).join('\n')],
    ['letters', 'x'.repeat(3_000_000)],
    ['documents', '---\na: 1\n'.repeat(5_000)],
  ])('refuses endless %s at once', (_name, text) => {
    const before = process.cpuUsage();
    expect(issues(text).errors.length).toBeGreaterThan(0);
    // Time of our own, so that a busy machine does not count; what is quadratic takes a minute.
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(5_000);
  });

  it('keeps good documents beside wrong ones', () => {
    const { errors, names } = issues(`${receiver}---\n${receiver.replace('mail', 'fax')}`);
    expect(names).toEqual(['Receiver/ops']);
    expect(errors).toEqual([expect.stringMatching(/^a\.yaml:9:9 spec\.channel: "fax" is not known: write mail/)]);
  });

  it('warns of what works otherwise than it looks', () => {
    const { errors, warnings } = issues(policy('  threshold: { warn: "> 80" }\n  hold: 90s\n  noDataAfter: 5m').replace('cpu.utilisation', 'cpu.utilization'));
    expect(errors).toEqual([]);
    expect(warnings).toEqual([
      expect.stringMatching(/^a\.yaml:7:3 spec\.hold: 90s is not a multiple of the window, 1m: .* works like 2m/),
      expect.stringMatching(/^a\.yaml:8:3 spec\.noDataAfter: has no effect/),
      expect.stringMatching(/spec\.metric: cpu\.utilization is not in the catalogue \(did you mean cpu\.utilisation\?\)/),
    ]);
  });

  it('takes noDataAfter of a group for what it is: when a member no longer counts', () => {
    expect(issues(policy('  kind: group\n  group: { measure: count }\n  threshold: { critical: "< 3" }\n  noDataAfter: 1m'))).toMatchObject({ errors: [], warnings: [] });
  });

  it.each([
    ['rising', '{ info: "> 70", warn: "> 80", critical: "> 95", recover: "< 65" }'],
    ['falling', '{ warn: "<= 10", critical: "< 5", recover: "> 12" }'],
    ['one state each', '{ info: "== 1", warn: "== 2", critical: "== 3", recover: "== 0" }'],
    ['touching', '{ warn: "> 80", recover: "<= 80" }'],
    ['different', '{ critical: "!= 0", recover: "== 0" }'],
    ['finely graded', '{ info: "> 80", warn: "> 80.001", critical: ">= 80.0011" }'],
  ])('accepts %s thresholds', (_name, threshold) => {
    expect(issues(policy(`  threshold: ${threshold}`)).errors).toEqual([]);
  });
});

describe('checkDefinition', () => {
  it('checks a value the way a text is checked', () => {
    const checked = checkDefinition({ apiVersion: 'opsloop/v1', kind: 'Policy', metadata: { name: 'a' }, spec: { metric: 'm.x', threshold: { warn: '> 1' }, window: '7s' } }, { baseWindowMs: 10_000 });
    expect(checked.definition).toBeUndefined();
    expect(checked.errors).toEqual([{ path: ['spec', 'window'], message: expect.stringContaining('not a multiple') }]);
  });
});
