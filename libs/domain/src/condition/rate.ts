/** How fast a series changes, and how fast that changes: the slope, or the curvature, of the line through its last windows. */
import { findMetric, formatDuration, parseDurationMs, type Policy } from '@opsloop/contracts';
import type { FieldProblem } from '../definition/explain-schema-issue.js';
import type { CompiledCondition, ConditionKind, SeriesCondition } from './condition.js';
import { fitParabola } from './fit-parabola.js';
import { formatSeen } from './format-seen.js';

const mostWindows = 120;

interface RateMemory {
  /** Ends and values of the windows within `over`, oldest first. */
  readonly endsMs: number[];
  readonly values: number[];
}

export const rateKind: ConditionKind = { usesThreshold: true, check, compile };

function settingsOf({ spec }: Policy) {
  const rate = spec.rate ?? { of: 'value' as const, per: '1m' };
  const windowMs = parseDurationMs(spec.window) ?? 0;
  const least = rate.of === 'rate' ? 3 : 2;
  const overMs = rate.over === undefined ? least * windowMs : (parseDurationMs(rate.over) ?? 0);
  return { of: rate.of, per: rate.per, perMs: parseDurationMs(rate.per) ?? 0, windowMs, overMs, least };
}

function check(policy: Policy): FieldProblem[] {
  const { spec } = policy;
  if (spec.rate === undefined) return [{ path: ['spec', 'rate'], message: 'is missing: kind rate needs it, for example rate: { per: 1m, over: 10m }' }];
  const { perMs, windowMs, overMs, least, of } = settingsOf(policy);
  const path = ['spec', 'rate', 'over'];
  const what = of === 'rate' ? 'an acceleration' : 'a rate';
  const problems: FieldProblem[] = [];
  if (perMs <= 0) problems.push({ path: ['spec', 'rate', 'per'], message: 'must be longer than 0, for example 1m' });
  if (windowMs <= 0) return problems;
  if (overMs % windowMs !== 0) problems.push({ path, message: `${spec.rate.over ?? ''} is not a multiple of the window, ${spec.window}: write ${formatDuration(Math.max(least, Math.ceil(overMs / windowMs)) * windowMs)}` });
  else if (overMs < least * windowMs) problems.push({ path, message: `${spec.rate.over ?? ''} is too short for ${what}: it takes at least ${least} windows, ${formatDuration(least * windowMs)}` });
  else if (overMs > mostWindows * windowMs) problems.push({ path, message: `${spec.rate.over ?? ''} is more than ${mostWindows} windows of ${spec.window}: write a wider window` });
  return problems;
}

function compile(policy: Policy): CompiledCondition {
  const { spec } = policy;
  const { of, per, perMs, windowMs, overMs, least } = settingsOf(policy);
  const unit = `${findMetric(spec.metric)?.unit ?? ''} per ${of === 'rate' ? `${per} per ${per}` : per}`.trim();
  const order = of === 'rate' ? 2 : 1;
  const series: SeriesCondition<RateMemory> = {
    key: `rate/1 ${spec.aggregate} ${windowMs} ${overMs}`,
    create: () => ({ endsMs: [], values: [] }),
    step({ endsMs, values }, { endMs, value }) {
      endsMs.push(endMs);
      values.push(value);
      let old = 0;
      while (endsMs[old]! <= endMs - overMs) old++;
      endsMs.splice(0, old);
      values.splice(0, old);
      if (values.length < least) return undefined;
      const { slope, curvature } = fitParabola(endsMs, values, order);
      // Curvature is half the second derivative.
      const seen = order === 1 ? slope * perMs : 2 * curvature * perMs * perMs;
      return { value: seen, measured: () => `${spec.metric} ${order === 1 ? 'changed' : 'accelerated'} by ${formatSeen(seen)} ${unit} over ${formatDuration(overMs)}` };
    },
    encode: ({ endsMs, values }) => [endsMs, values],
    decode: (encoded) => {
      const [endsMs, values] = encoded as [number[], number[]];
      return { endsMs, values };
    },
  };
  return { unit, series: series as SeriesCondition, historyMs: overMs, settleMs: overMs };
}
