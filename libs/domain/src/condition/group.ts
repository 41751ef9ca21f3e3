/** A share or a count of resources, wherever they are watched: "more than 30 % of the web servers". */
import { parseComparison, parseDurationMs, type Policy } from '@opsloop/contracts';
import type { FieldProblem } from '../definition/explain-schema-issue.js';
import { holds } from '../policy/compiled-threshold.js';
import type { CompiledCondition, ConditionKind } from './condition.js';

export const groupKind: ConditionKind = { usesThreshold: true, check, compile };

function check({ spec }: Policy): FieldProblem[] {
  const { group } = spec;
  const path = ['spec', 'group'];
  if (group === undefined) return [{ path, message: 'is missing: kind group needs it, for example group: { where: "> 90", measure: share }' }];
  const problems: FieldProblem[] = [];
  if (group.measure === 'share' && group.where === undefined) problems.push({ path: [...path, 'where'], message: 'is missing: a share needs it, for example where: "> 90"; to count all resources, write measure: count' });
  if (group.measure === 'count' && group.atLeast !== 1) problems.push({ path: [...path, 'atLeast'], message: 'has no meaning with measure: count, which counts few resources too: remove it' });
  if (new Set(group.by).size < group.by.length) problems.push({ path: [...path, 'by'], message: 'names the same attribute twice' });
  return problems;
}

function compile({ spec }: Policy): CompiledCondition {
  const { where, measure = 'share', by = [], atLeast = 1 } = spec.group ?? {};
  const comparison = where === undefined ? undefined : parseComparison(where);
  return {
    unit: measure === 'share' ? 'percent' : 'count',
    group: { measure, by, atLeast, counts: (values) => comparison === undefined || values.some((value) => holds(comparison, value)) },
    historyMs: parseDurationMs(spec.window) ?? 0,
  };
}
