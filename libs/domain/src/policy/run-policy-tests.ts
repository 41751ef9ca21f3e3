/** A policy's own unit tests, run through the very step functions that judge live windows. */
import { findMetric, formatDuration, type Attributes, type Definition, type Labels, type Policy, type PolicyTest, type Resource, type WindowBatch } from '@opsloop/contracts';
import type { AlarmDecision } from '../alarm/describe-transition.js';
import { identifyResource } from '../resource/identify-resource.js';
import { createJudgement, judgeBatch, type JudgeContext } from './judge-batch.js';
import { judgeTick } from './judge-tick.js';
import { parsePolicyTest, type TestExpectation, type TestSeries } from './policy-test-input.js';
import { createPolicySet } from './policy-set.js';
import { createWatchState } from './watch-state.js';

export interface PolicyTestResult {
  readonly name: string;
  readonly passed: boolean;
  /** One line for each expectation that was not met and each transition that was not expected. */
  readonly failures: readonly string[];
}

export interface PolicyTestOptions {
  /** Width of base windows: what policy windows are made of. */
  readonly baseWindowMs: number;
}

export interface PolicyTestReport {
  readonly policy: string;
  readonly results: readonly PolicyTestResult[];
}

const tenant = 'test';

/** The policies among the definitions that have tests, with the outcome of each. */
export function testPolicies(definitions: readonly Definition[], options: PolicyTestOptions): PolicyTestReport[] {
  const policies = definitions.filter((one): one is Policy => one.kind === 'Policy' && (one.tests ?? []).length > 0);
  return policies.map((policy) => ({ policy: policy.metadata.name, results: runPolicyTests(policy, options) }));
}

/** `policy` has passed checkPolicy. Time 0 is the first sample; every window closes the moment it ends. */
export function runPolicyTests(policy: Policy, options: PolicyTestOptions): PolicyTestResult[] {
  return (policy.tests ?? []).map((test) => {
    const failures = runTest(policy, test, options);
    return { name: test.name, passed: failures.length === 0, failures };
  });
}

interface Seen {
  readonly series: number;
  readonly decision: AlarmDecision;
}

function runTest(policy: Policy, test: PolicyTest, options: PolicyTestOptions): string[] {
  const { series, expected, problems } = parsePolicyTest(policy, test);
  if (problems.length > 0) return problems.map((one) => `${one.path.join('.')} ${one.message}`);
  const seen = series.flatMap((one, index) => judgeSeries(policy, one, options).map((decision): Seen => ({ series: index, decision })));
  // A mark of flapping changes no state, so tests need not foresee it.
  const left = seen.filter(({ decision }) => decision.change.type !== 'alarm.flapping').toSorted((a, b) => a.decision.change.atMs - b.decision.change.atMs);
  const failures: string[] = [];
  for (const one of expected) {
    const found = left.findIndex((candidate) => meets(candidate, one));
    if (found >= 0) left.splice(found, 1);
    else failures.push(unmet(one, left, series, options));
  }
  return [...failures, ...left.map((one) => `at ${formatDuration(one.decision.change.atMs)} ${describe(one, series)}, which was not expected: ${one.decision.change.reason}`)];
}

function meets({ series, decision: { change } }: Seen, expected: TestExpectation): boolean {
  if (change.atMs !== expected.atMs || (expected.series !== undefined && expected.series !== series)) return false;
  if (expected.level !== undefined && change.level !== expected.level) return false;
  const state = stateOf(change.type);
  // A resolved alarm still names the level that it had; who expects a level alone expects it to hold.
  return expected.state === undefined ? expected.level === undefined || state !== 'resolved' : state === expected.state;
}

function stateOf(type: AlarmDecision['change']['type']): NonNullable<TestExpectation['state']> {
  return type === 'alarm.resolved' ? 'resolved' : type === 'alarm.no-data' ? 'no-data' : 'open';
}

function unmet(expected: TestExpectation, left: readonly Seen[], series: readonly TestSeries[], options: PolicyTestOptions): string {
  const wanted = [expected.state, expected.level].filter((word) => word !== undefined).join(' ') || 'a change';
  const of = expected.series === undefined ? '' : ` of ${series[expected.series]!.text}`;
  const endMs = Math.max(...series.map((one) => spanMs(one, options.baseWindowMs)));
  const head = `at ${formatDuration(expected.atMs)} ${wanted}${of} was expected`;
  if (expected.atMs > endMs) return `${head}, but the input ends at ${formatDuration(endMs)}`;
  const here = left.filter(({ decision }) => decision.change.atMs === expected.atMs);
  return `${head}, but ${here.length > 0 ? here.map((one) => describe(one, series)).join(', ') : 'nothing happened'}`;
}

function describe({ series: index, decision: { change } }: Seen, series: readonly TestSeries[]): string {
  const of = series.length > 1 ? ` (${series[index]!.text})` : '';
  return `${stateOf(change.type)} ${change.level}${of}`;
}

/** Time from the first sample to the end of the last interval, rounded up to whole base windows. */
function spanMs({ values, everyMs }: TestSeries, baseWindowMs: number): number {
  return Math.ceil((values.length * everyMs) / baseWindowMs) * baseWindowMs;
}

function judgeSeries(policy: Policy, series: TestSeries, { baseWindowMs }: PolicyTestOptions): AlarmDecision[] {
  const { resource, attributes, labels } = testResource(policy, series.tags);
  const policies = createPolicySet([testRecord(policy, series.tags)]);
  const state = createWatchState();
  const decisions: AlarmDecision[] = [];
  const at = (arrivalMs: number): JudgeContext => ({ state, policies, out: { ...createJudgement(), decisions }, arrivalMs });
  const dictionary = { size: 1, metrics: [policy.spec.metric], labelSets: [labels], metricOf: Uint32Array.of(0), labelsOf: Uint32Array.of(0) };
  const endMs = spanMs(series, baseWindowMs);
  for (let startMs = 0; startMs < endMs; startMs += baseWindowMs) {
    const columns = baseWindow(series, startMs, baseWindowMs);
    const closedToMs = startMs + baseWindowMs;
    if (columns) judgeBatch(at(closedToMs), { resource, attributes, source: 'test', dictionary, startMs, widthMs: baseWindowMs, revision: startMs, correction: false, closedToMs, slots: undefined, ...columns });
    judgeTick(at(closedToMs), 0);
  }
  return decisions;
}

/** The columns of one base window of a test's samples; undefined when none falls into it. */
function baseWindow({ values, everyMs }: TestSeries, startMs: number, widthMs: number): Pick<WindowBatch, 'count' | 'sum' | 'min' | 'max' | 'last' | 'lastTimeMs'> | undefined {
  const samples: { value: number; timeMs: number }[] = [];
  for (let i = Math.ceil(startMs / everyMs); i < values.length && i * everyMs < startMs + widthMs; i++) {
    const value = values[i];
    if (value !== undefined) samples.push({ value, timeMs: i * everyMs });
  }
  const last = samples.at(-1);
  if (!last) return undefined;
  const all = samples.map((sample) => sample.value);
  return {
    count: Float64Array.of(all.length),
    sum: Float64Array.of(all.reduce((sum, value) => sum + value, 0)),
    min: Float64Array.of(all.reduce((least, value) => Math.min(least, value))),
    max: Float64Array.of(all.reduce((most, value) => Math.max(most, value))),
    last: Float64Array.of(last.value),
    lastTimeMs: Float64Array.of(last.timeMs),
  };
}

/** A series of a known metric keeps its sub-dimensions as labels, one of an unknown metric every tag that does not identify. */
function testResource(policy: Policy, tags: Readonly<Record<string, string>>): { resource: Resource; attributes: Attributes; labels: Labels } {
  const { resource, attributes, labels } = identifyResource(tenant, 'test', new Map(Object.entries(tags)));
  const metric = findMetric(policy.spec.metric);
  if (!metric) return { resource, attributes, labels };
  const total = metric.sources.find((source) => source.total)?.total ?? {};
  const entries = Object.entries(labels).filter(([name, value]) => total[name] !== value);
  const isLabel = ([name]: readonly [string, string]): boolean => metric.dimensions.includes(name);
  return { resource, attributes: { ...attributes, ...Object.fromEntries(entries.filter((entry) => !isLabel(entry))) }, labels: Object.fromEntries(entries.filter(isLabel)) };
}

/** A series says only what its test is about: a rule of the target counts where the series names that label, else it is taken as met. */
function testRecord(policy: Policy, tags: Readonly<Record<string, string>>): Parameters<typeof createPolicySet>[0][number] {
  const match = Object.fromEntries(Object.entries(policy.spec.target.match ?? {}).filter(([key]) => Object.hasOwn(tags, key)));
  const definition: Policy = { ...policy, spec: { ...policy.spec, target: { match } } };
  const version = { version: 1, sinceMs: 0, definition, source: '', author: 'test', atMs: 0 };
  return { id: `${tenant}/Policy/${policy.metadata.name}`, tenant, kind: 'Policy', name: policy.metadata.name, deleted: false, changedAtMs: 0, managedBy: 'api', versions: [version] };
}

