import { describe, expect, it } from '@jest/globals';
import { formatIssue } from '../definition/definition-issue.js';
import { parseDefinitions } from '../definition/parse-definitions.js';
import { testPolicies } from '../policy/policy-test/run-policy-tests.js';
import { LogTemplateMiner, templateText } from '../log-template/log-template-miner.js';
import { severityOf } from '../log-watch/severity-of.js';

const baseWindowMs = 10_000;

/** A policy with one test: series with their values, a value a minute, and what is expected. */
function text(spec: string, series: readonly (readonly [series: string, values: string])[] = [], expected = '[]'): string {
  const input = series.map(([name, values]) => `{ series: '${name}', every: 1m, values: "${values}" }`).join(', ');
  const tests = series.length === 0 ? '' : `tests: [{ name: t, input: [${input}], expect: ${expected} }]\n`;
  return `apiVersion: opsloop/v1\nkind: Policy\nmetadata: { name: logs }\nspec:\n${spec.split('\n').map((line) => `  ${line.trim()}`).join('\n')}\n${tests}`;
}

function run(spec: string, series: readonly (readonly [string, string])[], expected: string): readonly string[] {
  const { definitions, errors } = parseDefinitions(text(spec, series, expected), { baseWindowMs });
  return errors.length > 0 ? errors.map(formatIssue) : testPolicies(definitions.map((one) => one.definition), { baseWindowMs })[0]!.results[0]!.failures;
}

const memory = 'kind: log-pattern\nlog: { match: "out of memory" }\nthreshold: { warn: "> 0", critical: "> 10" }';
const pulse = (values: string, labels = 'host=a,service=shop'): readonly [string, string] => [`log.line_count{${labels}}`, values];
const lines = (template: string, values: string, labels = 'host=a,service=shop'): readonly [string, string] => [`log.template_count{${labels},template="${template}"}`, values];

describe('log-pattern', () => {
  it.each<[string, string, readonly (readonly [string, string])[], string]>([
    ['lines of a template, by level; 0 where the log goes on without them', memory, [pulse('9x6'), lines('Out of memory: killed process <*>', '_ 1 20 _ _ _')], '[{ at: 2m, level: warn }, { at: 3m, level: critical }, { at: 4m, state: resolved }]'],
    ['several templates are counted together', memory, [pulse('9x3'), lines('Out of memory in A', '_ 6 _'), lines('java: OUT OF MEMORY', '_ 6 _')], '[{ at: 2m, level: critical }, { at: 3m, state: resolved }]'],
    ['other templates do not count', memory, [pulse('9x3'), lines('memory is fine', '50x3')], '[]'],
    ['services have alarms of their own', memory, [pulse('9x3'), pulse('9x3', 'host=a,service=db'), lines('out of memory', '_ 1 _', 'host=a,service=db')], '[{ at: 2m, level: warn, series: "log.line_count{host=a,service=db}" }, { at: 3m, state: resolved, series: "log.line_count{host=a,service=db}" }]'],
    ['a service', 'kind: log-pattern\nlog: { service: db }\nthreshold: { warn: "> 5" }', [pulse('9x3'), pulse('9x3', 'host=a,service=db'), lines('x', '9x3'), lines('y', '1 9 1', 'host=a,service=db')], '[{ at: 2m, level: warn, series: "log.line_count{host=a,service=db}" }, { at: 3m, state: resolved, series: "log.line_count{host=a,service=db}" }]'],
    ['a severity or a worse one, whatever senders call it', 'kind: log-pattern\nlog: { severity: error }\nthreshold: { warn: "> 1" }', [pulse('9x3'), lines('a', '1x3', 'host=a,service=shop,level=fatal'), lines('b', '_ 1 _', 'host=a,service=shop,level=err'), lines('c', '9x3', 'host=a,service=shop,level=info'), lines('d', '9x3')], '[{ at: 2m, level: warn }, { at: 3m, state: resolved }]'],
    ['what is excepted', 'kind: log-pattern\nlog: { match: ["error", "fail*"], except: "retry" }\nthreshold: { warn: "> 0" }', [pulse('9x3'), lines('error, will retry', '9x3'), lines('login failed for <*>', '_ 1 _')], '[{ at: 2m, level: warn }, { at: 3m, state: resolved }]'],
    ['pieces between stars, in order', 'kind: log-pattern\nlog: { match: "user * logged in from <*>" }\nthreshold: { warn: "> 0" }', [pulse('9x3'), lines('User <*> logged in from <*>', '_ 1 _'), lines('logged in from <*> as user <*>', '9x3')], '[{ at: 2m, level: warn }, { at: 3m, state: resolved }]'],
    ['a star with the unit of a number, which is part of the value', 'kind: log-pattern\nlog: { match: ["timeout after * seconds", "took *ms", "done in * min * sec."] }\nthreshold: { warn: ">= 4" }', [pulse('9x3'), lines('Timeout after <*>', '_ 1 _'), lines('query took <*>', '_ 1 _'), lines('done in <*>.', '_ 1 _'), lines('timeout after <*> long seconds', '_ 1 _'), lines('timeout after the call', '9x3')], '[{ at: 2m, level: warn }, { at: 3m, state: resolved }]'],
    ['blanks, however many', 'kind: log-pattern\nlog: { match: "disk  is   full" }\nthreshold: { warn: "> 0" }', [pulse('9x3'), lines('the disk is full', '_ 1 _')], '[{ at: 2m, level: warn }, { at: 3m, state: resolved }]'],
    ['templates that appear', 'kind: log-pattern\nlog: { counts: appeared, severity: warn }\nthreshold: { info: "> 0" }\nkeepOpen: 2m', [pulse('9x5'), ['log.template_appeared{host=a,service=shop,level=error,template="kernel panic"}', '_ 1 _ _ _'], ['log.template_appeared{host=a,service=shop,level=info,template="hello"}', '1x5']], '[{ at: 2m, level: info }, { at: 4m, state: resolved }]'],
    ['templates that surge', 'kind: log-pattern\nlog: { counts: surged }\nthreshold: { warn: ">= 2" }', [pulse('9x3'), ['log.template_surged{host=a,template="x"}', '_ 1 _'], ['log.template_surged{host=a,template="y"}', '_ 1 1'], pulse('9x3', 'host=a')], '[{ at: 2m, level: warn, series: "log.line_count{host=a}" }, { at: 3m, state: resolved, series: "log.line_count{host=a}" }]'],
    ['hold', `${memory}\nhold: 2m`, [pulse('9x6'), lines('out of memory', '1 _ 1 1 1 _')], '[{ at: 4m, level: warn }, { at: 6m, state: resolved }]'],
    ['fewer than usual, and none', 'kind: log-pattern\nlog: { match: "order <*> placed" }\nthreshold: { warn: "< 1" }', [pulse('9x4'), lines('order <*> placed', '5 5 _ 5')], '[{ at: 3m, level: warn }, { at: 4m, state: resolved }]'],
  ])('%s', (_name, spec, series, expected) => {
    expect(run(spec, series, expected)).toEqual([]);
  });

  it('says what it counted', () => {
    const failures = run('kind: log-pattern\nlog: { match: "out of memory" }\nthreshold: { warn: "> 0" }', [pulse('9x2'), lines('Out of memory: process <*>', '_ 3'), lines('java out of memory', '_ 7')], '[]');
    expect(failures.join()).toContain('10 log lines with "out of memory" within 1m: "java out of memory" (7), "Out of memory: process <*>" (3)');
  });

  it.each(['out of memory', 'OOM-killer', 'error=timeout', 'java.lang.OutOfMemoryError: Java heap', 'eth0 is down', 'fail*', '[error] (core)', 'I/O error', 'user=*', 'ready=true', '로그인 실패'])('takes the text %s, and finds it in its template', (match) => {
    const spec = `kind: log-pattern\nlog: { match: ${JSON.stringify(match)} }\nthreshold: { warn: "> 0" }`;
    const template = templateText(new LogTemplateMiner().add(`there: ${match.replaceAll('*', 'x9')} again`));
    expect(run(spec, [pulse('9x3'), lines(template, '_ 1 _')], '[{ at: 2m, level: warn }, { at: 3m, state: resolved }]')).toEqual([]);
  });

  it.each<[string, string, RegExp]>([
    ['one without its field', 'kind: log-pattern\nthreshold: { warn: "> 0" }', /spec\.log: is missing: kind log-pattern needs it, for example log: \{ match/],
    ['one without thresholds', 'kind: log-pattern\nlog: { match: x }', /spec\.threshold: needs at least one of info, warn and critical/],
    ['a text with a value', memory.replace('out of memory', 'port 8080 in use'), /^p\.yaml:6:\d+ spec\.log\.match: "8080" looks like a value, and templates have <\*> in its place: write "port \* in use"/],
    ['a text with a number in a name', memory.replace('out of memory', 'x509: certificate has expired'), /"x509:" looks like a value, and templates have <\*> in its place: write "x\*: certificate has expired"/],
    ['a text with a code', memory.replace('out of memory', 'ORA-00600'), /write "ORA-\*"/],
    ['a text with what follows =', memory.replace('out of memory', 'login status=failed'), /"status=failed" looks like a value, and templates have <\*> in its place: write "login status=\*"/],
    ['a text of stars', memory.replace('out of memory', '**'), /spec\.log\.match: "\*\*" says nothing/],
    ['a severity that is none', 'kind: log-pattern\nlog: { severity: eror }\nthreshold: { warn: "> 0" }', /spec\.log\.severity: "eror" is not one of debug, info, warn, error, critical \(did you mean error\?\)/],
    ['a field that is none', 'kind: log-pattern\nlog: { matches: x }\nthreshold: { warn: "> 0" }', /spec\.log\.matches: is not a field here \(did you mean match\?\)/],
    ['a metric', `${memory}\nmetric: cpu.utilisation`, /spec\.metric: has no meaning with kind log-pattern, which counts log\.template_count here: remove it/],
    ['an aggregate', `${memory}\naggregate: MAX`, /spec\.aggregate: has no meaning with kind log-pattern/],
    ['a template in the target', `${memory}\ntarget: { match: { template: x } }`, /spec\.target\.match\.template: belongs in log: write match there/],
    ['its field on another kind', 'metric: m\nthreshold: { warn: "> 0" }\nlog: { match: x }', /spec\.log: belongs to kind log-pattern, and this policy is of kind threshold/],
    ['another kind without a metric', 'threshold: { warn: "> 0" }', /spec\.metric: is missing: it is needed, and must be text/],
  ])('refuses %s', (_name, spec, message) => {
    expect(parseDefinitions(text(spec), { baseWindowMs, file: 'p.yaml' }).errors.map(formatIssue)[0]).toMatch(message);
  });
});

it('knows what senders call a severity', () => {
  expect(['WARNING', 'err', 'Fatal', 'notice', 'trace', '3', '7', '50', '30', 'loud', '8'].map(severityOf)).toEqual(['warn', 'error', 'critical', 'info', 'debug', 'error', 'debug', 'error', 'info', undefined, undefined]);
});
