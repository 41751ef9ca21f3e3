/** How unusual a series is, by all that was seen of it: thresholds are on the score of the anomaly detector, 0..1. */
import { parseComparison, parseDurationMs, thresholdLevels, type Policy } from '@opsloop/contracts';
import { encodeAnomalyModel, decodeAnomalyModel } from '../anomaly/anomaly-codec.js';
import { anomalyModelBytes, bytesOf, openAnomalyModel, type AnomalyModel } from '../anomaly/anomaly-model.js';
import { describeAnomaly } from '../anomaly/describe-anomaly.js';
import { stepAnomaly } from '../anomaly/step-anomaly.js';
import type { FieldProblem } from '../definition/explain-schema-issue.js';
import { bytesToText, textToBytes } from './bytes-as-text.js';
import type { CompiledCondition, ConditionKind, SeriesCondition } from './condition.js';
import type { MemorySlot } from './memory-slots.js';

/** Two weeks show what a day and what a week is like. */
const historyMs = 14 * 86_400_000;

/** A byte behind the model: 1 while what an alarm was raised for goes on. The rest of the detector does not end it. */
const ongoingAt = anomalyModelBytes;
const slotBytes = Math.ceil((ongoingAt + 1) / 8) * 8;

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
  const series: SeriesCondition<MemorySlot> = {
    key: `anomaly/1 ${spec.aggregate} ${parseDurationMs(spec.window) ?? 0}`,
    create: (slots) => slots.take(slotBytes),
    step(slot, { endMs, value }, slots) {
      const slab = slots.slabOf(slot);
      const at = slots.offsetOf(slot);
      const seen = stepAnomaly(openAnomalyModel(slab.buffer, at), endMs, value, lowest);
      // A counter that was reset, or is known as one from now on: there is no rate of it yet.
      if (Number.isNaN(seen.seen)) return undefined;
      const isOngoing = seen.score >= lowest || (slab[at + ongoingAt] === 1 && seen.scoreBeforeRest >= end);
      slab[at + ongoingAt] = isOngoing ? 1 : 0;
      return { value: isOngoing ? seen.scoreBeforeRest : seen.score, measured: () => describeAnomaly(spec.metric, seen) };
    },
    encode(slot, slots) {
      const slab = slots.slabOf(slot);
      const at = slots.offsetOf(slot);
      return [bytesToText(encodeAnomalyModel(openAnomalyModel(slab.buffer, at))), slab[at + ongoingAt] === 1];
    },
    decode(encoded, slots) {
      const [text, isOngoing] = encoded as [string, boolean];
      const model = readModel(text);
      if (!model) return undefined;
      const slot = slots.take(slotBytes);
      slots.slabOf(slot).set(bytesOf(model), slots.offsetOf(slot));
      slots.slabOf(slot)[slots.offsetOf(slot) + ongoingAt] = isOngoing ? 1 : 0;
      return slot;
    },
    release: (slot, slots) => slots.giveBack(slot),
  };
  return { unit: '', series: series as SeriesCondition, historyMs };
}

function limitOf(text: string | undefined): number[] {
  const comparison = text === undefined ? undefined : parseComparison(text);
  return comparison ? [comparison.value] : [];
}

/** Undefined for what is no model of a format that is read. */
function readModel(text: string): AnomalyModel | undefined {
  try {
    return decodeAnomalyModel(textToBytes(text));
  } catch {
    return undefined;
  }
}
