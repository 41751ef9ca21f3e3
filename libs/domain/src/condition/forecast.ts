/** How long until a threshold is reached: raised when the near edge of the 80 % interval of that time lies inside `within`. */
import { findMetric, formatDuration, parseComparison, parseDurationMs, thresholdLevels, type ForecastFacts, type Policy } from '@opsloop/contracts';
import type { FieldProblem } from '../definition/explain-schema-issue.js';
import { describeForecast } from '../forecast/describe-forecast.js';
import { followSeries } from '../forecast/follow-series.js';
import { createForecastWatch, decodeForecastWatch, encodeForecastWatch, type ForecastWatch } from '../forecast/forecast-watch.js';
import { binWidthMs, createForecaster, longestHorizonMs, type Forecaster, type ForecasterSettings } from '../forecast/forecaster.js';
import { keptBins } from '../forecast/forecaster-layout.js';
import { forecastWatchBytes, packedForecaster, packForecastWatch, unpackForecastWatch } from '../forecast/pack-forecast-watch.js';
import { usualMinScored } from '../forecast/scorecard-gate.js';
import { stepForecast, type ForecastPlan, type ForecastStep } from '../forecast/step-forecast.js';
import { holds, type CompiledThreshold, type LevelRank } from '../policy/compiled-threshold.js';
import type { CompiledCondition, ConditionKind, ConditionWindow, SeriesCondition, Verdict } from './condition.js';
import { formatSeen } from './format-seen.js';
import type { MemorySlot, MemorySlots } from './memory-slots.js';

/** The path is followed twice as far as an alarm looks, so that the interval of a crossing has its far edge. */
const horizonWithins = 2;
const longestWithinMs = longestHorizonMs / horizonWithins;
/** A series that begins is read back so far at most; more is learned as it goes. */
const longestHistoryMs = 28 * 86_400_000;
/** After a step the path is believed again once so many bins have been closed behind it. */
const binsToSettle = 4;

export const forecastKind: ConditionKind = { usesThreshold: true, check, compile };

function check({ spec }: Policy): FieldProblem[] {
  const { forecast } = spec;
  if (forecast === undefined) return [{ path: ['spec', 'forecast'], message: 'is missing: kind forecast needs it, for example forecast: { within: 60m }' }];
  const withinMs = parseDurationMs(forecast.within) ?? 0;
  const windowMs = parseDurationMs(spec.window) ?? 0;
  const path = ['spec', 'forecast', 'within'];
  const problems: FieldProblem[] = [];
  if (withinMs < windowMs || withinMs <= 0) problems.push({ path, message: `${forecast.within} is shorter than the window, ${spec.window}: nothing could be said in time` });
  if (withinMs > longestWithinMs) problems.push({ path, message: `${forecast.within} is too far ahead: ${formatDuration(longestWithinMs)} is the most` });
  return [...problems, ...thresholdLevels.flatMap((level) => checkLevel(spec, level))];
}

function checkLevel({ metric, threshold }: Policy['spec'], level: (typeof thresholdLevels)[number]): FieldProblem[] {
  const text = threshold?.[level];
  const comparison = text === undefined ? undefined : parseComparison(text);
  if (!comparison) return [];
  const path = ['spec', 'threshold', level];
  if (!/^[<>]/.test(comparison.operator)) return [{ path, message: `"${text!}" is not on one side of the series: a forecast needs >, >=, < or <=` }];
  const { min = -Infinity, max = Infinity, unit = '' } = findMetric(metric) ?? {};
  const { operator, value } = comparison;
  const isUnreachable = operator === '>' ? value >= max : operator === '>=' ? value > max : operator === '<' ? value <= min : value < min;
  return isUnreachable ? [{ path, message: `"${text!}" is never reached: ${metric} stays ${operator.startsWith('>') ? `at or below ${max}` : `at or above ${min}`} ${unit}`.trimEnd() }] : [];
}

/** What the scorecard must show before work orders are opened; undefined: nothing. */
export function compileGate({ spec: { forecast } }: Policy): ForecastFacts['gate'] {
  const { minHitRate, minScored } = forecast ?? {};
  return minHitRate === undefined && minScored === undefined ? undefined : { ...(minHitRate !== undefined && { minHitRate }), minScored: minScored ?? usualMinScored };
}

function compile(policy: Policy): CompiledCondition {
  const { spec } = policy;
  const { within } = spec.forecast!;
  const withinMs = parseDurationMs(within)!;
  const windowMs = parseDurationMs(spec.window)!;
  const thresholds = thresholdLevels.flatMap((level, index) => {
    const text = spec.threshold?.[level];
    const comparison = text === undefined ? undefined : parseComparison(text);
    return comparison ? [{ rank: index as LevelRank, level, text: text!, comparison }] : [];
  });
  const { min, max } = findMetric(spec.metric) ?? {};
  const horizonMs = horizonWithins * withinMs;
  const settings: ForecasterSettings = { horizonMs, side: thresholds[0]!.comparison.operator.startsWith('>') ? 'above' : 'below', ...(min !== undefined && { floor: min }), ...(max !== undefined && { ceiling: max }) };
  const plan: ForecastPlan = { withinMs, thresholds };
  const watchIn = (slot: MemorySlot, slots: MemorySlots): ForecastWatch => unpackForecastWatch(slots.slabOf(slot).buffer, slots.offsetOf(slot), thresholds.length);
  const about = { spec, plan, horizonMs, within, gate: compileGate(policy), recover: spec.threshold?.recover === undefined ? undefined : parseComparison(spec.threshold.recover) };
  const series: SeriesCondition<MemorySlot> = {
    key: `forecast/1 ${spec.aggregate} ${windowMs} ${withinMs} ${thresholds.map(({ text }) => text).join(' ')}`,
    create(slots) {
      const slot = slots.take(forecastWatchBytes);
      packForecastWatch(createForecastWatch(createForecaster(settings, forecasterIn(slot, slots).cells), thresholds.length));
      return slot;
    },
    step(slot, window, slots) {
      const watch = watchIn(slot, slots);
      const step = stepForecast(watch, plan, window);
      packForecastWatch(watch);
      return step && verdictOf(about, watch, window, step);
    },
    encode: (slot, slots) => encodeForecastWatch(watchIn(slot, slots)),
    decode(encoded, slots) {
      const watch = decodeForecastWatch(encoded);
      return watch && keepWatch(watch, slots);
    },
    release: (slot, slots) => slots.giveBack(slot),
  };
  const binMs = binWidthMs(horizonMs, windowMs);
  return { series: series as SeriesCondition, historyMs: Math.min(longestHistoryMs, keptBins * binMs), settleMs: binsToSettle * binMs };
}

function forecasterIn(slot: MemorySlot, slots: MemorySlots): Forecaster {
  return packedForecaster(slots.slabOf(slot).buffer, slots.offsetOf(slot));
}

function keepWatch(watch: ForecastWatch, slots: MemorySlots): MemorySlot {
  const slot = slots.take(forecastWatchBytes);
  const forecaster = forecasterIn(slot, slots);
  forecaster.cells.set(watch.forecaster.cells);
  packForecastWatch({ ...watch, forecaster });
  return slot;
}

interface ForecastAbout {
  readonly spec: Policy['spec'];
  readonly plan: ForecastPlan;
  readonly horizonMs: number;
  readonly within: string;
  readonly gate: ForecastFacts['gate'];
  readonly recover: ReturnType<typeof parseComparison>;
}

function verdictOf(about: ForecastAbout, watch: ForecastWatch, window: ConditionWindow, { severest, scored, band }: ForecastStep): Verdict {
  const { recover, plan } = about;
  const matching: CompiledThreshold | undefined = plan.thresholds[severest];
  const isRecovered = matching === undefined && (!recover || holds(recover, window.value));
  return {
    value: window.value,
    judged: { matching, isRecovered },
    measured: () => wordsOf(about, watch, window, Math.max(0, severest)),
    forecast: () => factsOf(about, watch),
    ...(scored && { scored }),
    ...(band && { band }),
  };
}

function wordsOf({ spec, plan, horizonMs }: ForecastAbout, watch: ForecastWatch, { value, endMs }: ConditionWindow, index: number): string {
  const { comparison, text } = plan.thresholds[index]!;
  const crossing = watch.standing?.crossings[index] ?? (watch.standing && never);
  return describeForecast({
    measured: `${spec.aggregate} of ${spec.metric} was ${formatSeen(value)}`, threshold: text, crossing, isBeyond: holds(comparison, value), nowMs: endMs, horizonMs,
    model: followSeries(watch.forecaster)?.explain(crossing?.odds ?? 0).model,
  });
}

const never = { odds: 0, crossesAtMs: undefined, earliestMs: undefined, latestMs: undefined };

/** The path is followed again: what it is made of is not kept, and alarms change seldom. */
function factsOf({ plan, within, gate }: ForecastAbout, { standing, forecaster }: ForecastWatch): Omit<ForecastFacts, 'scored' | 'hits'> | undefined {
  const followed = standing && followSeries(forecaster);
  if (!followed) return undefined;
  const crossings = plan.thresholds.map(({ level, text }, index) => {
    const { odds, crossesAtMs = null, earliestMs = null, latestMs = null } = standing.crossings[index] ?? never;
    return { level, threshold: text, odds, crossesAtMs, earliestMs, latestMs };
  });
  return {
    madeAtMs: followed.madeAtMs, within, crossings, ...followed.explain(Math.max(...crossings.map(({ odds }) => odds))),
    points: followed.points().map(({ timeMs, value, low, high }) => [timeMs, value, low, high]), ...(gate && { gate }),
  };
}
