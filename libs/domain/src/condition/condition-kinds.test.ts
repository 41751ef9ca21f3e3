/** Every kind of condition through unit tests as people write them: the same step functions as live windows. */
import { parseDefinitions } from '../definition/parse-definitions.js';
import { formatIssue } from '../definition/definition-issue.js';
import { testPolicies } from '../policy/policy-test/run-policy-tests.js';

const baseWindowMs = 10_000;

interface Test {
  readonly input: readonly (readonly [series: string, values: string, every?: string])[];
  readonly expect: string;
}

function text(spec: string, test?: Test): string {
  const inputs = test?.input.map(([series, values, every = '1m']) => `      - { series: "${series}", every: ${every}, values: "${values}" }`).join('\n');
  const tests = test ? `tests:\n  - name: it\n    input:\n${inputs!}\n    expect: ${test.expect}\n` : '';
  return `apiVersion: opsloop/v1\nkind: Policy\nmetadata: { name: p }\nspec:\n${spec.trim().split('\n').map((line) => `  ${line.trim()}`).join('\n')}\n${tests}`;
}

function failures(spec: string, test: Test): readonly string[] {
  const { definitions, errors } = parseDefinitions(text(spec, test), { baseWindowMs });
  if (errors.length > 0) return errors.map(formatIssue);
  return testPolicies(definitions.map((one) => one.definition), { baseWindowMs })[0]!.results[0]!.failures;
}

function errorsOf(spec: string): string[] {
  return parseDefinitions(text(spec), { baseWindowMs, file: 'p.yaml' }).errors.map(formatIssue);
}

const rate = 'kind: rate\nmetric: app.queue\nthreshold: { warn: "> 10", critical: "> 50" }';
const change = 'kind: change\nmetric: app.sales\nwindow: 5m\nchange: { against: 1h, baseline: 10m }\nthreshold: { warn: "< -50" }';
const ratio = 'kind: ratio\nmetric: app.errors\nratio: { to: app.requests }\nthreshold: { warn: "> 5" }';
const absence = 'kind: absence\nmetric: app.beat\nwindow: 10s\nabsence: { warn: 2m, critical: 5m }';
const composite = 'kind: composite\nmetric: app.load\ncomposite:\n{ when: { busy: { is: "> 90" }, slow: { metric: app.time, aggregate: MAX, is: "> 2" }, idle: { metric: app.users, is: "< 1" } }, warn: "busy or slow", critical: "busy and slow and not idle" }';
const compositeOneLine = composite.replace('composite:\n{', 'composite: {').replace('kind: composite: {', 'kind: composite');
const group = 'kind: group\nmetric: app.load\ngroup: { where: "> 90", by: [team], atLeast: 2 }\nthreshold: { warn: "> 30", critical: "> 60" }';

describe('kinds of conditions', () => {
  it.each<[string, string, Test]>([
    ['threshold: a mean of equal values is not below them', 'metric: app.load\nthreshold: { warn: "< 99.9" }', { input: [['app.load{host=a}', '99.9x180', '1s']], expect: '[]' }],
    ['threshold: nor above them', 'metric: app.load\nthreshold: { warn: "> 99.95" }', { input: [['app.load{host=a}', '99.95x180', '1s']], expect: '[]' }],
    ['threshold: it is the same', 'metric: app.load\nthreshold: { warn: ">= 0.1" }', { input: [['app.load{host=a}', '0.1x60', '1s']], expect: '[{ at: 1m, level: warn }]' }],
    ['threshold: a little beyond is beyond', 'metric: app.load\nthreshold: { warn: "> 99.95" }', { input: [['app.load{host=a}', '99.95x30 99.95001x30', '1s']], expect: '[{ at: 1m, level: warn }]' }],
    ['rate: the slope per minute', `${rate}\nrate: { per: 1m }`, { input: [['app.queue{host=a}', '0x3 20 40 60 61 62']], expect: '[{ at: 4m, level: warn }, { at: 7m, state: resolved }]' }],
    ['rate: over more windows a single jump counts less', `${rate}\nrate: { per: 1m, over: 5m }`, { input: [['app.queue{host=a}', '0x5 20 20x5']], expect: '[]' }],
    ['rate: what stays the same does not change by rounding', 'kind: rate\nmetric: app.queue\nrate: { per: 1h, over: 7m }\nthreshold: { warn: "> 0" }', { input: [['app.queue{host=a}', '0.1x20'], ['app.queue{host=b}', '1234567.891x20'], ['app.queue{host=c}', '16384.3 16384.3 _ 16384.3x5 _ _ 16384.3x7'], ['app.queue{host=d}', '25223348225x20']], expect: '[]' }],
    ['rate: falling, per hour', 'kind: rate\nmetric: app.queue\nrate: { per: 1h }\nthreshold: { warn: "< -100" }', { input: [['app.queue{host=a}', '100 100 97 97 97']], expect: '[{ at: 3m, level: warn }, { at: 4m, state: resolved }]' }],
    ['rate: acceleration', `${rate}\nrate: { of: rate, per: 1m }`, { input: [['app.queue{host=a}', '0 1 2 3 30 57 84']], expect: '[{ at: 5m, level: warn }, { at: 6m, state: resolved }]' }],
    ['rate: a gap is no change', `${rate}\nrate: { per: 1m, over: 3m }`, { input: [['app.queue{host=a}', '0 0 _x10 900 900 900']], expect: '[]' }],
    ['change: against an hour before', change, { input: [['app.sales{host=a}', '100x12 100x3 40x2 100', '5m']], expect: '[{ at: 80m, level: warn }, { at: 90m, state: resolved }]' }],
    ['change: nothing is said while there is no baseline', change, { input: [['app.sales{host=a}', '100x6 1x6', '5m']], expect: '[]' }],
    ['change: a large value that stays is none', 'kind: change\nmetric: app.sales\nwindow: 5m\nchange: { against: 1h, as: difference, baseline: 5m }\nthreshold: { warn: "> 0" }', { input: [['app.sales{host=a}', '25223348225x20', '5m']], expect: '[]' }],
    ['change: of nothing there are no percents', change.replace('< -50', '> 50'), { input: [['app.sales{host=a}', '0x12 5x6', '5m']], expect: '[]' }],
    ['change: as a difference', 'kind: change\nmetric: app.sales\nwindow: 5m\nchange: { against: 1h, as: difference, baseline: 5m }\nthreshold: { warn: "> 7" }', { input: [['app.sales{host=a}', '0x12 5 8 5', '5m']], expect: '[{ at: 70m, level: warn }, { at: 75m, state: resolved }]' }],
    ['ratio: in percent, joined by labels', ratio, { input: [['app.errors{host=a,app=x}', '1 6 1'], ['app.requests{host=a,app=x}', '100x3'], ['app.errors{host=a,app=y}', '1x3'], ['app.requests{host=a,app=y}', '10x3']], expect: '[{ at: 1m, level: warn, series: "app.errors{host=a,app=y}" }, { at: 2m, level: warn, series: "app.errors{host=a,app=x}" }, { at: 3m, state: resolved, series: "app.errors{host=a,app=x}" }]' }],
    ['ratio: nothing is said without a divisor, or where it is 0', ratio, { input: [['app.errors{host=a}', '9x4'], ['app.requests{host=a}', '_ 0 100 0']], expect: '[{ at: 3m, level: warn }]' }],
    ['absence: levels by time, ends with data', absence, { input: [['app.beat{host=a}', '1x6 _x36 1x6', '10s']], expect: '[{ at: 3m, level: warn }, { at: 6m, level: critical }, { at: 430s, state: resolved }]' }],
    ['absence: one series of many', absence, { input: [['app.beat{host=a}', '1x30', '10s'], ['app.beat{host=b}', '1x6 _x24', '10s']], expect: '[{ at: 3m, level: warn, series: "app.beat{host=b}" }]' }],
    ['absence: shorter than the window', absence.replace('window: 10s', 'window: 5m'), { input: [['app.beat{host=a}', '1x9 _x36 1x45', '10s']], expect: '[{ at: 210s, level: warn }, { at: 390s, level: critical }, { at: 10m, state: resolved }]' }],
    ['ratio: of next to nothing there is none', ratio, { input: [['app.errors{host=a}', '1e300 0 1e300'], ['app.requests{host=a}', '1e-300 0 0']], expect: '[]' }],
    ['composite: and, or, not over metrics of one host', compositeOneLine, { input: [['app.load{host=a}', '95 95 95 50'], ['app.time{host=a}', '1 3 3 1'], ['app.users{host=a}', '5 5 0 5']], expect: '[{ at: 1m, level: warn }, { at: 2m, level: critical }, { at: 3m, level: warn }, { at: 4m, state: resolved }]' }],
    ['composite: hosts are not mixed', compositeOneLine, { input: [['app.load{host=a}', '50x3'], ['app.time{host=a}', '1x3'], ['app.users{host=a}', '5x3'], ['app.load{host=b}', '95x3'], ['app.time{host=b}', '1x3'], ['app.users{host=b}', '5x3']], expect: '[{ at: 1m, level: warn, series: "app.load{host=b}" }]' }],
    ['composite: what is not known decides nothing', compositeOneLine, { input: [['app.load{host=a}', '95 50 50'], ['app.time{host=a}', '1 _ 1'], ['app.users{host=a}', '5x3']], expect: '[{ at: 1m, level: warn }, { at: 3m, state: resolved }]' }],
    ['composite: what is not known of a severer level does not lower it', compositeOneLine, { input: [['app.load{host=a}', '95x5 50'], ['app.time{host=a}', '3 3 _ 1 1 1'], ['app.users{host=a}', '5x6']], expect: '[{ at: 1m, level: critical }, { at: 4m, level: warn }, { at: 6m, state: resolved }]' }],
    ['composite: nor does it break what it has held', `${compositeOneLine}\nhold: 3m`, { input: [['app.load{host=a}', '95x7'], ['app.time{host=a}', '3 3 _ _ 3 3 3'], ['app.users{host=a}', '5x7']], expect: '[{ at: 3m, level: warn }, { at: 5m, level: critical }]' }],
    ['composite: n of m, and its own recover', 'kind: composite\nmetric: app.a\ncomposite: { when: { a: { is: "> 1" }, b: { metric: app.b, is: "> 1" }, c: { metric: app.c, is: "> 1" } }, critical: "2 of (a, b, c)", recover: "not (a or b or c)" }', { input: [['app.a{host=a}', '2 2 2 0'], ['app.b{host=a}', '0 2 0 0'], ['app.c{host=a}', '0x4']], expect: '[{ at: 2m, level: critical }, { at: 4m, state: resolved }]' }],
    ['composite: holds like any other', `${compositeOneLine}\nhold: 2m`, { input: [['app.load{host=a}', '95 50 95 95 95'], ['app.time{host=a}', '1x5'], ['app.users{host=a}', '5x5']], expect: '[{ at: 4m, level: warn }]' }],
    ['group: a share of the hosts, by an attribute', group, { input: [['app.load{host=a,team=web}', '10 95 95 95'], ['app.load{host=b,team=web}', '10 10 95 10'], ['app.load{host=c,team=web}', '10x4'], ['app.load{host=d,team=db}', '95x4']], expect: '[{ at: 2m, level: warn }, { at: 3m, level: critical }, { at: 4m, level: warn }]' }],
    ['group: fewer hosts than three send', 'kind: group\nmetric: app.load\nnoDataAfter: 1m\ngroup: { measure: count }\nthreshold: { critical: "< 3" }', { input: [['app.load{host=a}', '1x8'], ['app.load{host=b}', '1x8'], ['app.load{host=c}', '1x3 _x3 1x2']], expect: '[{ at: 4m, level: critical }, { at: 7m, state: resolved }]' }],
  ])('%s', (_name, spec, test) => {
    expect(failures(spec, test)).toEqual([]);
  });

  it.each<[string, string, RegExp]>([
    ['a rate without its field', rate, /^p\.yaml:\d+:\d+ spec\.rate: is missing: kind rate needs it/],
    ['a rate over too little', `${rate}\nrate: { over: 1m }`, /^p\.yaml:8:\d+ spec\.rate\.over: 1m is too short for a rate: it takes at least 2 windows, 2m/],
    ['an acceleration over two windows', `${rate}\nrate: { of: rate, over: 2m }`, /over: 2m is too short for an acceleration: it takes at least 3 windows, 3m/],
    ['a rate over too much', `${rate}\nrate: { over: 1d }`, /more than 120 windows of 1m/],
    ['a rate over parts of windows', `${rate}\nrate: { over: 90s }`, /90s is not a multiple of the window, 1m: write 2m/],
    ['a rate per nothing', `${rate}\nrate: { per: 0s }`, /spec\.rate\.per: must be longer than 0/],
    ['a rate without thresholds', 'kind: rate\nmetric: m\nrate: {}', /spec\.threshold: needs at least one of info, warn and critical/],
    ['the field of another kind', `${rate}\nrate: {}\nratio: { to: x }`, /spec\.ratio: belongs to kind ratio, and this policy is of kind rate/],
    ['the field of a kind on a threshold', 'metric: m\nthreshold: { warn: "> 1" }\nrate: {}', /spec\.rate: belongs to kind rate, and this policy is of kind threshold/],
    ['a change against parts of windows', change.replace('1h', '7m'), /spec\.change\.against: 7m is not a multiple of the window, 5m: write 10m/],
    ['a change against more than is kept', change.replace('1h', '30d'), /30d is longer than 4w/],
    ['a baseline that takes too much memory', change.replace('against: 1h, baseline: 10m', 'against: 4w, baseline: 5m'), /spec\.change\.baseline: 5m is too short to remember 4w in: write at least 20m/],
    ['a ratio of a metric to itself', ratio.replace('app.requests', 'app.errors'), /app\.errors divided by itself is always 1/],
    ['an absence without times', 'kind: absence\nmetric: m\nabsence: {}', /spec\.absence: needs at least one of info, warn and critical/],
    ['an absence that falls', absence.replace('5m', '1m'), /spec\.absence\.critical: 1m is not longer than warn, 2m/],
    ['an absence that every pause meets', absence.replace('2m', '10s'), /spec\.absence\.warn: 10s is shorter than two base windows/],
    ['an absence that is longer than what is remembered', absence.replace('5m', '31d'), /spec\.absence\.critical: 31d is longer than 30d/],
    ['an absence with a threshold', `${absence}\nthreshold: { warn: "> 1" }`, /spec\.threshold: has no meaning with kind absence/],
    ['an absence with hold', `${absence}\nhold: 1m`, /spec\.hold: has no meaning with kind absence/],
    ['an absence with noData', `${absence}\nnoData: no-data`, /spec\.noData: has no meaning with kind absence/],
    ['a composite that names nothing known', compositeOneLine.replace('busy or slow', 'busy or slwo'), /spec\.composite\.warn: names slwo, which is not under when \(did you mean slow\?\)/],
    ['a composite that cannot be read', compositeOneLine.replace('busy or slow', 'busy || slow'), /spec\.composite\.warn: cannot be read at "\|\| slow": write names joined by and, or, not/],
    ['a composite that ends early', compositeOneLine.replace('busy or slow', '(busy or'), /spec\.composite\.warn: ends where a name is expected/],
    ['a composite of too many', compositeOneLine.replace('busy or slow', '3 of (busy, slow)'), /asks for 3 of 2: write 1 to 2/],
    ['a composite with a condition in no expression', compositeOneLine.replace(' and not idle', ''), /spec\.composite\.when\.idle: is in no expression/],
    ['a composite without levels', 'kind: composite\nmetric: m\ncomposite: { when: { a: { is: "> 1" } } }', /spec\.composite: needs at least one of info, warn and critical, for example warn: a/],
    ['a share without a condition', group.replace('where: "> 90", ', ''), /spec\.group\.where: is missing: a share needs it/],
    ['a count with atLeast', group.replace('where: "> 90"', 'measure: count'), /spec\.group\.atLeast: has no meaning with measure: count/],
    ['a comparison that is none', group.replace('> 90', '90'), /spec\.group\.where: is not a comparison/],
  ])('refuses %s', (_name, spec, message) => {
    const errors = errorsOf(spec);
    expect(errors[0]).toMatch(message);
  });
});
