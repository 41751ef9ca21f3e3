import { parseComparison, thresholdLevels, type Comparison, type PolicySpec, type ThresholdLevel } from '@opsloop/contracts';
import type { FieldProblem } from '../definition/explain-schema-issue.js';
import { holds } from './compiled-threshold.js';

interface Written {
  readonly name: ThresholdLevel | 'recover';
  readonly text: string;
  readonly comparison: Comparison;
}

/** Levels that could never be told apart, and a `recover` that would contradict them. Paths begin at `spec`. */
export function checkThresholds(threshold: PolicySpec['threshold']): FieldProblem[] {
  const path = ['spec', 'threshold'];
  const levels = thresholdLevels.flatMap((name) => read(threshold, name));
  if (levels.length === 0) return [{ path, message: 'needs at least one of info, warn and critical, for example { warn: "> 80" }' }];
  const [recover] = read(threshold, 'recover');
  const boundless = [...levels, ...(recover ? [recover] : [])].find(({ comparison }) => !Number.isFinite(comparison.value));
  if (boundless) return [{ path: [...path, boundless.name], message: `"${boundless.text}" is beyond the largest number there is, about 1.8e308` }];
  const upwards = levels.filter(({ comparison }) => comparison.operator.startsWith('>'));
  const downwards = levels.filter(({ comparison }) => comparison.operator.startsWith('<'));
  if (upwards.length > 0 && downwards.length > 0) {
    return [{ path: [...path, downwards[0]!.name], message: `looks downwards and ${upwards[0]!.name} upwards: the levels of one policy look in one direction, so make two policies` }];
  }
  const points = probePoints([...levels, ...(recover ? [recover] : [])]);
  const problems = levels.flatMap((level, index) => unreachable(level, levels.slice(index + 1), points).map((message) => ({ path: [...path, level.name], message })));
  if (problems.length > 0 || !recover) return problems;
  const clash = levels.find((level) => points.some((point) => holds(level.comparison, point) && holds(recover.comparison, point)));
  if (clash) problems.push({ path: [...path, 'recover'], message: `"${recover.text}" holds where ${clash.name} "${clash.text}" does: it must lie on the healthy side, for example "${healthySide(clash.comparison)}"` });
  return problems;
}

function unreachable(level: Written, severer: readonly Written[], points: readonly number[]): string[] {
  if (points.some((point) => holds(level.comparison, point) && !severer.some((other) => holds(other.comparison, point)))) return [];
  const hiding = severer.find((other) => points.some((point) => holds(level.comparison, point) && holds(other.comparison, point)));
  const limits = hiding?.comparison.operator.startsWith('>') ? 'rise' : 'fall';
  return [`"${level.text}" is never reached, because ${hiding?.name ?? 'a severer level'} "${hiding?.text ?? ''}" holds wherever it does: let the limits ${limits} from info to critical`];
}

/** Comparisons are constant between their limits, so the limits, one point between each two and one beyond each end show everything. */
function probePoints(written: readonly Written[]): number[] {
  const limits = [...new Set(written.map(({ comparison }) => comparison.value))].toSorted((a, b) => a - b);
  const between = limits.slice(1).map((limit, index) => limits[index]! / 2 + limit / 2);
  return [-Infinity, ...limits, ...between, Infinity];
}

function healthySide({ operator, value }: Comparison): string {
  if (operator === '==') return `!= ${value}`;
  if (operator === '!=') return `== ${value}`;
  return operator.startsWith('>') ? `< ${value}` : `> ${value}`;
}

function read(threshold: PolicySpec['threshold'], name: Written['name']): Written[] {
  const text = threshold?.[name];
  const comparison = text === undefined ? undefined : parseComparison(text);
  return text === undefined || !comparison ? [] : [{ name, text, comparison }];
}
