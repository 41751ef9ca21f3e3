/** A series that is silent for too long, on the arrival clock. */
import { formatDuration, parseDurationMs, thresholdLevels, type Policy } from '@opsloop/contracts';
import type { FieldProblem } from '../definition/explain-schema-issue.js';
import type { CompiledThreshold, LevelRank } from '../policy/compiled-threshold.js';
import type { CompiledCondition, ConditionKind, ConditionOptions } from './condition.js';

/** The longest silence that a series is remembered for: what is remembered stays bounded. */
const longestMs = 30 * 86_400_000;

export const absenceKind: ConditionKind = { usesThreshold: false, check, compile };

function check({ spec }: Policy, { baseWindowMs }: ConditionOptions): FieldProblem[] {
  const written = thresholdLevels.flatMap((level) => (spec.absence?.[level] === undefined ? [] : [{ level, text: spec.absence[level], ms: parseDurationMs(spec.absence[level]) ?? 0 }]));
  if (written.length === 0) return [{ path: ['spec', 'absence'], message: 'needs at least one of info, warn and critical, for example absence: { warn: 5m, critical: 30m }' }];
  const problems: FieldProblem[] = [];
  for (const [index, { level, text, ms }] of written.entries()) {
    const path = ['spec', 'absence', level];
    const before = written[index - 1];
    if (ms < 2 * baseWindowMs) problems.push({ path, message: `${text} is shorter than two base windows: every pause between two windows would count; write at least ${formatDuration(2 * baseWindowMs)}` });
    else if (ms > longestMs) problems.push({ path, message: `${text} is longer than ${formatDuration(longestMs)}, the longest silence that a series is remembered for` });
    else if (before && ms <= before.ms) problems.push({ path, message: `${text} is not longer than ${before.level}, ${before.text}: let the times rise from info to critical` });
  }
  for (const field of ['noDataAfter'] as const) if (spec[field] !== undefined) problems.push({ path: ['spec', field], message: 'has no meaning with kind absence: the times are in absence' });
  if (spec.noData !== 'keep-last') problems.push({ path: ['spec', 'noData'], message: 'has no meaning with kind absence, which is about missing data itself: remove it' });
  if ((parseDurationMs(spec.hold) ?? 0) > 0) problems.push({ path: ['spec', 'hold'], message: 'has no meaning with kind absence: write the time in absence' });
  return problems;
}

function compile({ spec }: Policy): CompiledCondition {
  const silences = thresholdLevels.flatMap((level, rank) => {
    const text = spec.absence?.[level];
    const afterMs = text === undefined ? undefined : parseDurationMs(text);
    if (text === undefined || afterMs === undefined) return [];
    const threshold: CompiledThreshold = { rank: rank as LevelRank, level, comparison: { operator: '>=', value: afterMs / 1000 }, text: `silent for ${text}` };
    return [{ afterMs, threshold }];
  });
  return {
    unit: 'seconds',
    levels: silences.map((one) => one.threshold),
    silences,
    series: {
      key: 'absence/1',
      create: () => 0,
      // A window is the end of silence.
      step: () => ({ value: 0, measured: () => `${spec.metric} has arrived again` }),
      encode: () => 0,
      decode: () => 0,
    },
    historyMs: 0,
  };
}
