import { parseComparison, thresholdLevels, type Policy, type ThresholdLevel } from '@opsloop/contracts';
import { backtestPolicy, type BacktestOptions, type PolicyBacktest } from './backtest-policy.js';

export interface SuggestedLimit {
  readonly limit: number;
  readonly isPresent: boolean;
  readonly alarmsPerWeek: number;
  readonly pagesPerWeek: number;
  readonly score: PolicyBacktest['score'];
}

export interface LimitSuggestion {
  readonly policy: string;
  /** The level whose limit was varied: the mildest one; the others were left out. */
  readonly level: ThresholdLevel;
  readonly limits: readonly SuggestedLimit[];
}

const shares = [0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999];
const mostLimits = 20;

/** What each limit would have meant. `limits`: those asked for; else quantiles of what was judged, to two digits. Undefined for policies without a limit to vary. */
export function* suggestLimits(options: BacktestOptions, limits?: readonly number[]): Generator<undefined, LimitSuggestion | undefined> {
  const { threshold } = options.policy.spec;
  const level = thresholdLevels.find((one) => threshold?.[one] !== undefined);
  const present = level && parseComparison(threshold![level]!);
  if (!level || !present || present.operator === '==' || present.operator === '!=') return undefined;
  const tried = limits ?? candidates(yield* judgedValues(options, level, present.operator), present.operator.startsWith('>'));
  const distinct = [...new Set([...tried, present.value])].toSorted((a, b) => a - b).slice(0, mostLimits);
  const suggested: SuggestedLimit[] = [];
  for (const limit of distinct) {
    const { alarmsPerWeek, pagesPerWeek, score } = yield* backtestPolicy({ ...options, policy: withLimit(options.policy, level, present.operator, limit) });
    suggested.push({ limit, isPresent: limit === present.value, alarmsPerWeek, pagesPerWeek, score });
  }
  return { policy: options.policy.metadata.name, level, limits: suggested };
}

/** The same policy with one level; `recover` keeps its distance. */
function withLimit(policy: Policy, level: ThresholdLevel, operator: string, limit: number): Policy {
  const { threshold } = policy.spec;
  const before = parseComparison(threshold![level]!)!;
  const recover = threshold!.recover === undefined ? undefined : parseComparison(threshold!.recover);
  const moved = recover && `${recover.operator} ${recover.value + limit - before.value}`;
  return { ...policy, spec: { ...policy.spec, threshold: { [level]: `${operator} ${limit}`, ...(moved !== undefined && { recover: moved }) } } };
}

/** Every value that the policy judges: those of a policy that any value meets, told by its alarms. */
function* judgedValues(options: BacktestOptions, level: ThresholdLevel, operator: string): Generator<undefined, number[]> {
  const values: number[] = [];
  const up = operator.startsWith('>');
  const { policy } = options;
  const spec: Policy['spec'] = { ...policy.spec, hold: '0s', keepOpen: '0s', scenarios: [], receivers: [], threshold: { [level]: up ? '> -1.7e308' : '< 1.7e308' } };
  const probe: BacktestOptions = { ...options, policy: { ...policy, spec }, onJudged: (value, endMs) => void (endMs >= options.fromMs && values.push(value)) };
  yield* backtestPolicy(probe);
  return values;
}

function candidates(values: readonly number[], up: boolean): number[] {
  if (values.length === 0) return [];
  const sorted = values.toSorted((a, b) => a - b);
  return shares.map((share) => Number(sorted[Math.min(sorted.length - 1, Math.floor((up ? share : 1 - share) * sorted.length))]!.toPrecision(2)));
}
