/** A policy as the step functions need it: numbers instead of texts, nothing to be looked up per window. */
import { findMetric, parseComparison, parseDurationMs, thresholdLevels, type Comparison, type Policy, type PolicyKind } from '@opsloop/contracts';
import type { CompiledCondition, ConditionInput, WindowAggregate } from '../condition/condition.js';
import { conditionKinds } from '../condition/condition-kinds.js';
import type { CompiledThreshold, LevelRank } from './compiled-threshold.js';

/** One metric that a policy reads: what the sums of a watch depend on. */
export interface CompiledInput {
  /** Of the policy. */
  readonly name: string;
  readonly metric: string;
  readonly windowMs: number;
  readonly aggregate: WindowAggregate;
  readonly accepts?: ConditionInput['accepts'];
  /** Its place among the inputs of the policy; -1: the inputs of a resource taken together. */
  readonly input: number;
  /** The metric has totals without sub-dimension, and the target names no sub-dimension: only totals are watched. */
  readonly totalsOnly: boolean;
}

export interface CompiledPolicy {
  readonly tenant: string;
  readonly name: string;
  readonly version: number;
  readonly kind: PolicyKind;
  readonly metric: string;
  readonly unit: string;
  readonly aggregate: WindowAggregate;
  readonly windowMs: number;
  readonly holdMs: number;
  readonly keepOpenMs: number;
  readonly repeatMs: number | undefined;
  readonly noData: 'keep-last' | 'no-data' | 'ok';
  readonly noDataAfterMs: number;
  /** Defined levels, mildest first; at least one. */
  readonly thresholds: readonly CompiledThreshold[];
  readonly recover: { readonly comparison: Comparison; readonly text: string } | undefined;
  /** Each key must have one of its values. */
  readonly match: readonly (readonly [key: string, values: ReadonlySet<string>])[];
  /** At least one; the first is of its own metric, but for composites. */
  readonly inputs: readonly CompiledInput[];
  /** How windows become what is judged; undefined: the window's value itself is. */
  readonly condition: CompiledCondition | undefined;
  /** Its inputs are judged together, by resource: the series by themselves have no alarms. */
  readonly isJoint: boolean;
  /** How far back a series that begins must be read to be judged like one that was always watched, ms. */
  readonly historyMs: number;
  readonly scenarios: readonly string[];
  readonly receivers: readonly string[];
}

const leastSilenceMs = 60_000;

/** Windows of history beside what hold and keepOpen need: an alarm that is open shows in them. */
const seedWindows = 10;

/** `policy` has passed checkPolicy. */
export function compilePolicy(policy: Policy, about: { readonly tenant: string; readonly version: number }): CompiledPolicy {
  const { spec, metadata } = policy;
  const condition = spec.kind === 'threshold' ? undefined : compileCondition(policy);
  const windowMs = durationMs(spec.window);
  const match = Object.entries(spec.target.match ?? {}).map(([key, value]) => [key, new Set(typeof value === 'string' ? [value] : value)] as const);
  const inputs = (condition?.inputs ?? [{ metric: spec.metric, aggregate: spec.aggregate }]).map(
    ({ metric, aggregate, accepts }: ConditionInput, input): CompiledInput => ({ name: metadata.name, metric, windowMs, aggregate, input, totalsOnly: isTotalsOnly(metric, match), ...(accepts && { accepts }) }),
  );
  const holdMs = durationMs(spec.hold);
  const keepOpenMs = durationMs(spec.keepOpen);
  return {
    tenant: about.tenant,
    name: metadata.name,
    version: about.version,
    kind: spec.kind,
    metric: condition?.metric ?? spec.metric,
    unit: condition?.unit ?? findMetric(spec.metric)?.unit ?? '',
    aggregate: condition?.aggregate ?? spec.aggregate,
    windowMs,
    holdMs,
    keepOpenMs,
    repeatMs: spec.repeat === undefined ? undefined : durationMs(spec.repeat),
    noData: spec.noData,
    noDataAfterMs: spec.noDataAfter === undefined ? Math.max(3 * windowMs, leastSilenceMs) : durationMs(spec.noDataAfter),
    thresholds: condition?.levels ?? compileThresholds(policy),
    recover: spec.threshold?.recover === undefined ? undefined : { comparison: comparison(spec.threshold.recover), text: spec.threshold.recover },
    match,
    inputs,
    condition,
    isJoint: condition?.joint !== undefined || condition?.group !== undefined,
    historyMs: (condition?.historyMs ?? 0) + holdMs + keepOpenMs + seedWindows * windowMs,
    scenarios: spec.scenarios,
    receivers: spec.receivers,
  };
}

function compileCondition(policy: Policy): CompiledCondition {
  const kind = conditionKinds[policy.spec.kind];
  if (!kind) throw new Error(`kind ${policy.spec.kind} is not available yet`);
  return kind.compile(policy);
}

/** Some sender sends a whole beside the parts, such as all cores beside each core. */
function isTotalsOnly(name: string, match: CompiledPolicy['match']): boolean {
  const metric = findMetric(name);
  const hasTotal = metric?.sources.some((source) => source.total !== undefined) ?? false;
  return hasTotal && !match.some(([key]) => metric?.dimensions.includes(key));
}

function compileThresholds({ spec, metadata }: Policy): CompiledThreshold[] {
  const thresholds = thresholdLevels.flatMap((level, index) => {
    const text = spec.threshold?.[level];
    return text === undefined ? [] : [{ rank: index as LevelRank, level, comparison: comparison(text), text }];
  });
  if (thresholds.length === 0) throw new Error(`policy ${metadata.name} has no threshold`);
  return thresholds;
}

function comparison(text: string): Comparison {
  const parsed = parseComparison(text);
  if (!parsed) throw new Error(`${text} is not a comparison`);
  return parsed;
}

function durationMs(text: string): number {
  const ms = parseDurationMs(text);
  if (ms === undefined) throw new Error(`${text} is not a duration`);
  return ms;
}
