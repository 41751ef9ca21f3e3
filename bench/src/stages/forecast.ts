/** What a forecast costs: microseconds of CPU per sample taken in, and for an answer. */
import { createForecaster, createMemorySlots, encodeForecaster, forecastSeries, observeSample } from '@opsloop/domain';
import { modelCondition, valueAt } from './model-condition.js';

export interface ForecastResult {
  readonly series: number;
  readonly stepMs: number;
  readonly horizonMs: number;
  readonly samplesPerSeries: number;
  /** Taking samples in, lessons of the models included. */
  readonly microsecondsPerSample: number;
  /** One forecast of the path, the interval and the odds. */
  readonly microsecondsPerForecast: number;
  /** Both, with a forecast every `forecastEverySamples` samples. */
  readonly microsecondsPerSampleWithForecasts: number;
  readonly forecastEverySamples: number;
  readonly snapshotBytesPerSeries: number;
}

const hourMs = 3_600_000;

/** Cost over series whose rings are full. */
export function measureForecast(stepMs: number, horizonMs: number): ForecastResult {
  const series = 20;
  const forecasters = Array.from({ length: series }, () => createForecaster({ horizonMs, side: 'above' }));
  const binMs = Math.max(stepMs, horizonMs > hourMs ? hourMs : 60_000);
  // The ring is filled by one sample a bin at first: it holds the same, and takes less time.
  const filledMs = 700 * binMs;
  for (const forecaster of forecasters) for (let timeMs = 0; timeMs < filledMs; timeMs += stepMs) if (timeMs % binMs < stepMs || timeMs > filledMs - 20 * stepMs || timeMs < 10 * stepMs) observeSample(forecaster, timeMs, valueAt(timeMs));
  // Long enough for several lessons of each series.
  const samplesPerSeries = Math.ceil((24 * binMs) / stepMs);
  const takeUs = cpuUs(() => {
    for (const forecaster of forecasters) for (let index = 0; index < samplesPerSeries; index++) observeSample(forecaster, filledMs + index * stepMs, valueAt(filledMs + index * stepMs));
  });
  const forecasts = 10 * series;
  const answerUs = cpuUs(() => {
    for (let index = 0; index < forecasts; index++) forecastSeries(forecasters[index % series]!, 70);
  });
  const forecastEverySamples = Math.ceil((6 * binMs) / stepMs);
  const perSample = takeUs / (series * samplesPerSeries);
  return {
    series, stepMs, horizonMs, samplesPerSeries, microsecondsPerSample: perSample, microsecondsPerForecast: answerUs / forecasts, forecastEverySamples,
    microsecondsPerSampleWithForecasts: perSample + answerUs / forecasts / forecastEverySamples,
    snapshotBytesPerSeries: encodeForecaster(forecasters[0]!).byteLength,
  };
}

function cpuUs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

export interface ForecastPolicyResult {
  readonly series: number;
  readonly within: string;
  /** Windows of a minute, of six samples each; forecasts, lessons and scoring included. */
  readonly microsecondsPerWindow: number;
  readonly microsecondsPerSample: number;
  /** Forecasts that were made, of a thousand windows. */
  readonly forecastsPerThousandWindows: number;
}

/** A policy as the trigger steps it, over series far from its threshold or near to it. */
export function measureForecastPolicy(within: string, threshold: number, series = 40): ForecastPolicyResult {
  const condition = modelCondition({ kind: 'forecast', forecast: { within }, threshold: { warn: `> ${threshold}` } });
  const slots = createMemorySlots();
  const memories = Array.from({ length: series }, () => condition.create(slots));
  const step = (memory: unknown, minute: number, at: number): boolean => condition.step(memory, { startMs: minute * 60_000, endMs: (minute + 1) * 60_000, value: valueAt((minute + 977 * at) * 60_000) }, slots)?.band !== undefined;
  const filled = 4 * 1_440;
  for (const [at, memory] of memories.entries()) for (let minute = 0; minute < filled; minute++) step(memory, minute, at);
  // Several lessons of each series.
  const windows = 360;
  let forecasts = 0;
  const us = cpuUs(() => {
    for (const [at, memory] of memories.entries()) for (let minute = filled; minute < filled + windows; minute++) if (step(memory, minute, at)) forecasts++;
  });
  const perWindow = us / (series * windows);
  return { series, within, microsecondsPerWindow: perWindow, microsecondsPerSample: perWindow / 6, forecastsPerThousandWindows: (1_000 * forecasts) / (series * windows) };
}
