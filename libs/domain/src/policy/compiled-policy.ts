/** A policy as the step functions need it: numbers instead of texts, nothing to be looked up per window. */
import { findMetric, parseComparison, parseDurationMs, thresholdLevels, type Comparison, type Policy, type ThresholdLevel } from '@opsloop/contracts';

/** A level's place in order of severity: info 0, warn 1, critical 2. */
export type LevelRank = 0 | 1 | 2;

export interface CompiledThreshold {
  readonly rank: LevelRank;
  readonly level: ThresholdLevel;
  readonly comparison: Comparison;
  /** As it was written, for example `> 95`. */
  readonly text: string;
}

export interface CompiledPolicy {
  readonly tenant: string;
  readonly name: string;
  readonly version: number;
  readonly metric: string;
  readonly unit: string;
  readonly aggregate: 'MIN' | 'MAX' | 'AVG' | 'LAST';
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
  /** The metric has totals without sub-dimension, and the target names no sub-dimension: only totals are watched. */
  readonly totalsOnly: boolean;
  readonly scenarios: readonly string[];
  readonly receivers: readonly string[];
}

const leastSilenceMs = 60_000;

/** `policy` has passed checkPolicy. */
export function compilePolicy(policy: Policy, about: { readonly tenant: string; readonly version: number }): CompiledPolicy {
  const { spec } = policy;
  const metric = findMetric(spec.metric);
  // Some sender sends a whole beside the parts, such as all cores beside each core.
  const hasTotal = metric?.sources.some((source) => source.total !== undefined) ?? false;
  const windowMs = durationMs(spec.window);
  const match = Object.entries(spec.target.match ?? {}).map(([key, value]) => [key, new Set(typeof value === 'string' ? [value] : value)] as const);
  return {
    tenant: about.tenant,
    name: policy.metadata.name,
    version: about.version,
    metric: spec.metric,
    unit: metric?.unit ?? '',
    aggregate: spec.aggregate,
    windowMs,
    holdMs: durationMs(spec.hold),
    keepOpenMs: durationMs(spec.keepOpen),
    repeatMs: spec.repeat === undefined ? undefined : durationMs(spec.repeat),
    noData: spec.noData,
    noDataAfterMs: spec.noDataAfter === undefined ? Math.max(3 * windowMs, leastSilenceMs) : durationMs(spec.noDataAfter),
    thresholds: compileThresholds(policy),
    recover: spec.threshold?.recover === undefined ? undefined : { comparison: comparison(spec.threshold.recover), text: spec.threshold.recover },
    match,
    totalsOnly: hasTotal && !match.some(([key]) => metric?.dimensions.includes(key)),
    scenarios: spec.scenarios,
    receivers: spec.receivers,
  };
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

export function holds({ operator, value }: Comparison, seen: number): boolean {
  switch (operator) {
    case '>':
      return seen > value;
    case '>=':
      return seen >= value;
    case '<':
      return seen < value;
    case '<=':
      return seen <= value;
    case '==':
      return seen === value;
    case '!=':
      return seen !== value;
  }
}
