/** How unusual a series is, by all that was seen of it: thresholds are on the score of the anomaly detector, 0..1. */
import { parseComparison, parseDurationMs, thresholdLevels, type Policy } from '@opsloop/contracts';
import { encodeAnomalyModel, decodeAnomalyModel } from '../anomaly/anomaly-codec.js';
import { createAnomalyModel, type AnomalyModel } from '../anomaly/anomaly-model.js';
import { describeAnomaly } from '../anomaly/describe-anomaly.js';
import { stepAnomaly } from '../anomaly/step-anomaly.js';
import type { FieldProblem } from '../definition/explain-schema-issue.js';
import type { CompiledCondition, ConditionKind, SeriesCondition } from './condition.js';

/** Two weeks show what a day and what a week is like. */
const historyMs = 14 * 86_400_000;

interface AnomalyMemory {
  readonly model: AnomalyModel;
  /** An alarm was raised and what it was raised for goes on: the rest of the detector does not end it. */
  isOngoing: boolean;
}

export const anomalyKind: ConditionKind = { usesThreshold: true, check, compile };

function check({ spec }: Policy): FieldProblem[] {
  return thresholdLevels.flatMap((level) => {
    const text = spec.threshold?.[level];
    const comparison = text === undefined ? undefined : parseComparison(text);
    if (!comparison || (comparison.operator.startsWith('>') && comparison.value > 0 && comparison.value < 1)) return [];
    return [{ path: ['spec', 'threshold', level], message: `"${text!}" is no limit of a score: scores lie between 0 and 1 and rise with what is unusual, for example "> 0.5", "> 0.65" and "> 0.8"` }];
  });
}

function compile({ spec }: Policy): CompiledCondition {
  const limits = thresholdLevels.flatMap((level) => limitOf(spec.threshold?.[level]));
  const lowest = Math.min(...limits);
  const [end = lowest] = limitOf(spec.threshold?.recover);
  const series: SeriesCondition<AnomalyMemory> = {
    key: `anomaly/1 ${spec.aggregate} ${parseDurationMs(spec.window) ?? 0}`,
    create: () => ({ model: createAnomalyModel(), isOngoing: false }),
    step(memory, { endMs, value }) {
      const seen = stepAnomaly(memory.model, endMs, value, lowest);
      memory.isOngoing = seen.score >= lowest || (memory.isOngoing && seen.scoreBeforeRest >= end);
      return { value: memory.isOngoing ? seen.scoreBeforeRest : seen.score, measured: () => describeAnomaly(spec.metric, seen) };
    },
    encode: ({ model, isOngoing }) => [btoa(String.fromCharCode(...encodeAnomalyModel(model))), isOngoing],
    decode(encoded) {
      const [text, isOngoing] = encoded as [string, boolean];
      try {
        return { model: decodeAnomalyModel(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))), isOngoing };
      } catch {
        return undefined;
      }
    },
  };
  return { unit: '', series: series as SeriesCondition, historyMs };
}

function limitOf(text: string | undefined): number[] {
  const comparison = text === undefined ? undefined : parseComparison(text);
  return comparison ? [comparison.value] : [];
}
