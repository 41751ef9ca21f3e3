/** One metric divided by another of the same resource: used of total, errors of requests. */
import { parseDurationMs, type Policy } from '@opsloop/contracts';
import type { FieldProblem } from '../definition/explain-schema-issue.js';
import type { CompiledCondition, ConditionKind } from './condition.js';
import { formatSeen } from './format-seen.js';

export const ratioKind: ConditionKind = { usesThreshold: true, check, compile };

function check({ spec }: Policy): FieldProblem[] {
  if (spec.ratio === undefined) return [{ path: ['spec', 'ratio'], message: 'is missing: kind ratio needs it, for example ratio: { to: disk.total }' }];
  const isItself = spec.ratio.to === spec.metric && (spec.ratio.aggregate ?? spec.aggregate) === spec.aggregate;
  return isItself ? [{ path: ['spec', 'ratio', 'to'], message: `${spec.metric} divided by itself is always 1: name another metric, or another aggregate` }] : [];
}

function compile({ spec }: Policy): CompiledCondition {
  const { to = '', aggregate = spec.aggregate, as = 'percent' } = spec.ratio ?? {};
  const factor = as === 'percent' ? 100 : 1;
  return {
    unit: as === 'percent' ? 'percent' : '',
    inputs: [{ metric: spec.metric, aggregate: spec.aggregate }, { metric: to, aggregate }],
    joint: {
      byLabels: true,
      judge(values) {
        const part = values[0]?.[0];
        const whole = values[1]?.[0];
        if (part === undefined || whole === undefined) return undefined;
        const seen = (factor * part) / whole;
        // Of nothing, and of next to nothing, there is no share.
        if (!Number.isFinite(seen)) return undefined;
        return { value: seen, measured: () => `${spec.metric} was ${formatSeen(part)} of ${formatSeen(whole)} ${to}: ${formatSeen(seen)}${as === 'percent' ? ' percent' : ''}` };
      },
    },
    historyMs: parseDurationMs(spec.window) ?? 0,
  };
}
