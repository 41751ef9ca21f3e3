/** What a forecast costs: microseconds of CPU per sample taken in, and for an answer, and bytes for each series. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Policy } from '@opsloop/contracts';
import { compilePolicy, createForecaster, encodeForecaster, forecastSeries, observeSample, parseDefinitions, type CompiledPolicy, type Forecaster } from '@opsloop/domain';

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
  readonly bytesPerSeries: number;
  readonly snapshotBytesPerSeries: number;
}

const hourMs = 3_600_000;
const dayMs = 86_400_000;

/** Cost over series whose rings are full, and memory over `many` that hold one. */
export function measureForecast(stepMs: number, horizonMs: number, many = 100_000): ForecastResult {
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
    bytesPerSeries: bytesOf(many, horizonMs), snapshotBytesPerSeries: encodeForecaster(forecasters[0]!).byteLength,
  };
}

/** A day's wave with noise that is the same in every run. */
function valueAt(timeMs: number): number {
  const wave = Math.sin(timeMs * 12.9898) * 43_758.5453;
  return 50 + 15 * Math.sin((2 * Math.PI * timeMs) / dayMs) + 5 * (wave - Math.floor(wave));
}

function cpuUs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function bytesOf(count: number, horizonMs: number): number {
  const before = keptBytes();
  const kept: Forecaster[] = [];
  for (let index = 0; index < count; index++) {
    const forecaster = createForecaster({ horizonMs, side: 'above' });
    observeSample(forecaster, index, index);
    kept.push(forecaster);
  }
  return Math.round((keptBytes() - before) / kept.length);
}

export interface ForecastPolicyResult {
  readonly series: number;
  readonly within: string;
  /** Windows of a minute, of six samples each; forecasts, lessons and scoring included. */
  readonly microsecondsPerWindow: number;
  readonly microsecondsPerSample: number;
  /** Forecasts that were made, of a thousand windows. */
  readonly forecastsPerThousandWindows: number;
  /** All that the trigger keeps for the condition of a series, over 100,000 that hold weeks each; undefined where it was not measured. */
  readonly bytesPerSeries: number | undefined;
}

const manySeries = 100_000;

/** A policy as the trigger steps it, over series far from its threshold or near to it. */
export function measureForecastPolicy(within: string, threshold: number, { series = 40, weighs = false } = {}): ForecastPolicyResult {
  const { definitions } = parseDefinitions(JSON.stringify({ apiVersion: 'opsloop/v1', kind: 'Policy', metadata: { name: 'p' }, spec: { kind: 'forecast', metric: 'app.load', forecast: { within }, threshold: { warn: `> ${threshold}` } } }), { baseWindowMs: 10_000 });
  const condition = compilePolicy(definitions[0]!.definition as Policy, { tenant: 'default', version: 1 }).condition!.series!;
  const memories = Array.from({ length: series }, () => condition.create());
  const step = (memory: unknown, minute: number, at: number): boolean => condition.step(memory, { startMs: minute * 60_000, endMs: (minute + 1) * 60_000, value: valueAt((minute + 977 * at) * 60_000) })?.band !== undefined;
  const filled = 4 * 1_440;
  for (const [at, memory] of memories.entries()) for (let minute = 0; minute < filled; minute++) step(memory, minute, at);
  // Several lessons of each series.
  const windows = 360;
  let forecasts = 0;
  const us = cpuUs(() => {
    for (const [at, memory] of memories.entries()) for (let minute = filled; minute < filled + windows; minute++) if (step(memory, minute, at)) forecasts++;
  });
  const perWindow = us / (series * windows);
  return { series, within, microsecondsPerWindow: perWindow, microsecondsPerSample: perWindow / 6, forecastsPerThousandWindows: (1_000 * forecasts) / (series * windows), bytesPerSeries: weighs ? weigh(condition, memories[0]) : undefined };
}

type SeriesCondition = NonNullable<NonNullable<CompiledPolicy['condition']>['series']>;

function weigh(condition: SeriesCondition, filled: unknown): number {
  const encoded = JSON.stringify(condition.encode(filled));
  const before = keptBytes();
  const kept = Array.from({ length: manySeries }, () => condition.decode(JSON.parse(encoded)));
  return Math.round((keptBytes() - before) / kept.length);
}

/** What is still needed, on the heap and outside of it. */
function keptBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
