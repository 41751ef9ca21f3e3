/** A policy's own unit tests, run through the very step functions that judge live windows. */
import { formatDuration, type Definition, type Policy, type PolicyTest } from '@opsloop/contracts';
import { occurrenceOf, type AlarmDecision } from '../../alarm/describe-transition.js';
import { judgeTestSeries, spanMs } from './judge-test-series.js';
import { parsePolicyTest, type TestExpectation, type TestSeries } from './policy-test-input.js';

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
  /** Index of the series that it is of; undefined: of several together. */
  readonly series: number | undefined;
  readonly decision: AlarmDecision;
}

function runTest(policy: Policy, test: PolicyTest, options: PolicyTestOptions): string[] {
  const { series, expected, problems } = parsePolicyTest(policy, test);
  if (problems.length > 0) return problems.map((one) => `${one.path.join('.')} ${one.message}`);
  const seen: Seen[] = judgeTestSeries(policy, series, options);
  // A mark of flapping changes no state, and the milder levels on the way to that of a window are no news: tests need not foresee them.
  const left = seen.filter((one) => one.decision.change.type !== 'alarm.flapping' && !isStep(one, seen)).toSorted((a, b) => a.decision.change.atMs - b.decision.change.atMs);
  const failures: string[] = [];
  for (const one of expected) {
    const found = left.findIndex((candidate) => meets(candidate, one));
    if (found >= 0) left.splice(found, 1);
    else failures.push(unmet(one, left, series, options));
  }
  return [...failures, ...left.map((one) => `at ${formatDuration(one.decision.change.atMs)} ${describe(one, series)}, which was not expected: ${one.decision.change.reason}`)];
}

/** The alarm was raised further at the same time. */
function isStep({ decision }: Seen, seen: readonly Seen[]): boolean {
  const { change } = decision;
  const occurrence = occurrenceOf(decision);
  return stateOf(change.type) === 'open' && seen.some(({ decision: later }) => later.change.type === 'alarm.level-changed' && later.change.atMs === change.atMs && later.change.transition > change.transition && occurrenceOf(later) === occurrence);
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
  const of = series.length > 1 && index !== undefined ? ` (${series[index]!.text})` : '';
  return `${stateOf(change.type)} ${change.level}${of}`;
}
