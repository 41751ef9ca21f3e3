/** A series against itself at the same time some while ago: yesterday, last week. */
import { findMetric, formatDuration, parseDurationMs, type Policy } from '@opsloop/contracts';
import type { FieldProblem } from '../definition/explain-schema-issue.js';
import type { CompiledCondition, ConditionKind, SeriesCondition } from './condition.js';
import { formatSeen } from './format-seen.js';

const usualBuckets = 288;
/** 16 KiB a series at most. */
const mostBuckets = 2_048;
const longestMs = 28 * 86_400_000;

/** Averages of stretches of `baselineMs`, by the number of the stretch modulo their count. */
interface ChangeMemory {
  /** Number of the stretch that is being filled; -1 before the first window. */
  current: number;
  sum: number;
  count: number;
  /** 64 bits: with fewer a large value that never changes would differ from its own mean. */
  readonly means: Float64Array;
}

export const changeKind: ConditionKind = { usesThreshold: true, check, compile };

function settingsOf({ spec }: Policy) {
  const windowMs = parseDurationMs(spec.window) ?? 0;
  const againstMs = parseDurationMs(spec.change?.against ?? '0s') ?? 0;
  const usualMs = Math.max(1, Math.ceil(againstMs / usualBuckets / Math.max(windowMs, 1))) * windowMs;
  const baselineMs = spec.change?.baseline === undefined ? usualMs : (parseDurationMs(spec.change.baseline) ?? 0);
  return { windowMs, againstMs, baselineMs, as: spec.change?.as ?? 'percent' };
}

function check(policy: Policy): FieldProblem[] {
  const { spec } = policy;
  if (spec.change === undefined) return [{ path: ['spec', 'change'], message: 'is missing: kind change needs it, for example change: { against: 1d }' }];
  const { windowMs, againstMs, baselineMs } = settingsOf(policy);
  const path = ['spec', 'change', 'against'];
  if (windowMs <= 0) return [];
  if (againstMs > longestMs) return [{ path, message: `${spec.change.against} is longer than ${formatDuration(longestMs)}` }];
  if (againstMs < windowMs || againstMs % windowMs !== 0) return [{ path, message: `${spec.change.against} is not a multiple of the window, ${spec.window}: write ${formatDuration(Math.max(1, Math.ceil(againstMs / windowMs)) * windowMs)}` }];
  const baselinePath = ['spec', 'change', 'baseline'];
  if (baselineMs <= 0 || baselineMs % windowMs !== 0) return [{ path: baselinePath, message: `${spec.change.baseline ?? ''} is not a multiple of the window, ${spec.window}` }];
  if (baselineMs > againstMs) return [{ path: baselinePath, message: `${spec.change.baseline ?? ''} is longer than against, ${spec.change.against}` }];
  if (againstMs / baselineMs > mostBuckets - 2) return [{ path: baselinePath, message: `${formatDuration(baselineMs)} is too short to remember ${spec.change.against} in: write at least ${formatDuration(Math.ceil(againstMs / (mostBuckets - 2) / windowMs) * windowMs)}` }];
  return [];
}

function compile(policy: Policy): CompiledCondition {
  const { spec } = policy;
  const { windowMs, againstMs, baselineMs, as } = settingsOf(policy);
  const buckets = Math.ceil(againstMs / baselineMs) + 2;
  const unit = as === 'percent' ? 'percent' : (findMetric(spec.metric)?.unit ?? '');
  const series: SeriesCondition<ChangeMemory> = {
    key: `change/1 ${spec.aggregate} ${windowMs} ${againstMs} ${baselineMs}`,
    create: () => ({ current: -1, sum: 0, count: 0, means: new Float64Array(buckets).fill(NaN) }),
    step(memory, { startMs, endMs, value }) {
      const middleMs = (startMs + endMs) / 2;
      enter(memory, Math.floor(middleMs / baselineMs));
      memory.sum += value;
      memory.count++;
      const before = averageAt(memory, Math.floor((middleMs - againstMs) / baselineMs));
      if (before === undefined) return undefined;
      const seen = as === 'percent' ? (100 * (value - before)) / Math.abs(before) : value - before;
      // Of nothing, and of next to nothing, there are no percents.
      if (!Number.isFinite(seen)) return undefined;
      return { value: seen, measured: () => `${spec.aggregate} of ${spec.metric} was ${formatSeen(value)}, ${formatDuration(againstMs)} before it was ${formatSeen(before)}: a change of ${formatSeen(seen)}${as === 'percent' ? ' percent' : ''}` };
    },
    encode: ({ current, sum, count, means }) => [current, sum, count, Array.from(means, (mean) => (Number.isNaN(mean) ? null : mean))],
    decode: (encoded) => {
      const [current, sum, count, means] = encoded as [number, number, number, (number | null)[]];
      return means.length === buckets ? { current, sum, count, means: Float64Array.from(means, (mean) => mean ?? NaN) } : undefined;
    },
  };
  return { unit, series: series as SeriesCondition, historyMs: againstMs + baselineMs };
}

/** Settles the stretch that ended and forgets those that nothing was measured in. */
function enter(memory: ChangeMemory, bucket: number): void {
  const { means, current } = memory;
  if (bucket === current) return;
  if (current >= 0) {
    means[current % means.length] = memory.sum / memory.count;
    const skipped = Math.min(bucket - current - 1, means.length);
    for (let i = 1; i <= skipped; i++) means[(current + i) % means.length] = NaN;
  }
  means[bucket % means.length] = NaN;
  memory.current = bucket;
  memory.sum = 0;
  memory.count = 0;
}

function averageAt({ means, current, sum, count }: ChangeMemory, bucket: number): number | undefined {
  // Only where the stretch is as long as `against`: what is compared with is then still being filled.
  const mean = bucket === current ? sum / count : bucket > current - means.length && bucket >= 0 ? means[bucket % means.length]! : NaN;
  return Number.isNaN(mean) ? undefined : mean;
}
