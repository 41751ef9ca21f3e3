/** Several conditions of one resource, joined by and, or, not and "n of m". */
import { parseComparison, parseDurationMs, thresholdLevels, type Policy } from '@opsloop/contracts';
import { didYouMean } from '../definition/closest-name.js';
import type { FieldProblem } from '../definition/explain-schema-issue.js';
import { holds, type CompiledThreshold, type LevelRank } from '../policy/compiled-threshold.js';
import type { CompiledCondition, ConditionInput, ConditionKind } from './condition.js';
import { formatSeen } from './format-seen.js';
import { parseExpression, type Expression, type Truth } from './parse-expression.js';

const mostConditions = 20;
const expressionFields = [...thresholdLevels, 'recover'] as const;

export const compositeKind: ConditionKind = { usesThreshold: false, check, compile };

function check({ spec }: Policy): FieldProblem[] {
  const { composite } = spec;
  const path = ['spec', 'composite'];
  if (composite === undefined) return [{ path, message: 'is missing: kind composite needs it, for example composite: { when: { busy: { is: "> 90" } }, warn: busy }' }];
  const names = Object.keys(composite.when);
  const problems: FieldProblem[] = [];
  if (names.length === 0) problems.push({ path: [...path, 'when'], message: 'is empty: name at least one condition, for example busy: { is: "> 90" }' });
  if (names.length > mostConditions) problems.push({ path: [...path, 'when'], message: `has ${names.length} conditions, ${mostConditions} are allowed` });
  for (const name of names) if (['and', 'or', 'not', 'of'].includes(name.toLowerCase())) problems.push({ path: [...path, 'when', name], message: 'cannot be a name: and, or, not and of join names' });
  if (!thresholdLevels.some((level) => composite[level] !== undefined)) problems.push({ path, message: `needs at least one of info, warn and critical, for example warn: ${names.join(' and ') || 'busy'}` });
  const used = new Set<string>();
  for (const field of expressionFields) {
    const text = composite[field];
    const parsed = text === undefined ? undefined : parseExpression(text);
    if (typeof parsed === 'string') problems.push({ path: [...path, field], message: parsed });
    for (const name of typeof parsed === 'object' ? parsed.names : []) {
      used.add(name);
      if (!names.includes(name)) problems.push({ path: [...path, field], message: `names ${name}, which is not under when${didYouMean(name, names)}: there are ${names.join(', ')}` });
    }
  }
  if (problems.length > 0) return problems;
  return names.filter((name) => !used.has(name)).map((name) => ({ path: [...path, 'when', name], message: 'is in no expression: use it or remove it' }));
}

interface Named {
  readonly name: string;
  readonly input: number;
  /** What it asks for, as in `AVG of cpu.utilisation > 90`. */
  readonly asks: string;
  meets(value: number): boolean;
}

function compile({ spec }: Policy): CompiledCondition {
  const { composite } = spec;
  if (composite === undefined) throw new Error('kind composite without composite');
  const inputs: ConditionInput[] = [];
  const conditions = Object.entries(composite.when).map(([name, { metric = spec.metric, aggregate = spec.aggregate, is }]): Named => {
    const comparison = parseComparison(is);
    if (!comparison) throw new Error(`${is} is not a comparison`);
    let input = inputs.findIndex((one) => one.metric === metric && one.aggregate === aggregate);
    if (input < 0) input = inputs.push({ metric, aggregate }) - 1;
    return { name, input, asks: `${aggregate} of ${metric} ${is}`, meets: (value) => holds(comparison, value) };
  });
  const levels = thresholdLevels.flatMap((level, rank) => {
    const text = composite[level];
    if (text === undefined) return [];
    const threshold: CompiledThreshold = { rank: rank as LevelRank, level, comparison: undefined, text };
    return [{ threshold, expression: read(text) }];
  });
  const recover = composite.recover === undefined ? undefined : read(composite.recover);
  return {
    unit: '',
    inputs,
    levels: levels.map((one) => one.threshold),
    joint: {
      byLabels: false,
      judge(values) {
        const truths = new Map(conditions.map(({ name, input, meets }): [string, Truth] => [name, values[input]!.length === 0 ? undefined : values[input]!.some(meets)]));
        const truthOf = (name: string): Truth => truths.get(name);
        const reached = levels.map(({ expression }) => expression.evaluate(truthOf));
        const matching = levels[reached.lastIndexOf(true)]?.threshold;
        const unknown = levels[reached.lastIndexOf(undefined)]?.threshold.rank;
        if (!matching && unknown !== undefined) return undefined;
        const isRecovered = matching === undefined && (recover === undefined || recover.evaluate(truthOf) === true);
        const met = conditions.filter(({ name }) => truthOf(name) === true);
        return { value: met.length, judged: { matching, isRecovered, ...(unknown !== undefined && { unknown }) }, measured: () => describe(met, values, conditions.length) };
      },
    },
    historyMs: parseDurationMs(spec.window) ?? 0,
  };
}

function describe(met: readonly Named[], values: readonly (readonly number[])[], total: number): string {
  if (met.length === 0) return `none of ${total} conditions held`;
  return met.map(({ name, input, asks, meets }) => `${name} held (${asks}: ${formatSeen(values[input]!.find(meets)!)})`).join(', ');
}

function read(text: string): Expression {
  const parsed = parseExpression(text);
  if (typeof parsed === 'string') throw new Error(`${text} ${parsed}`);
  return parsed;
}
