/** The anomaly detector over many series: CPU for each sample, and memory for each series. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createAnomalyModel, encodeAnomalyModel, stepAnomaly, type AnomalyModel } from '@opsloop/domain';

export interface AnomalyResult {
  readonly series: number;
  readonly samplesPerSeries: number;
  readonly microsecondsPerSample: number;
  readonly bytesPerSeries: number;
  readonly checkpointBytesPerSeries: number;
  readonly alarmsPerSeriesAndWeek: number;
}

const stepMs = 300_000;
const weekMs = 7 * 86_400_000;

/** Every series gets a sample, then the next one, as windows close in a service: no series stays in the CPU's caches. */
export function measureAnomaly(series = 100_000, samples = 300): AnomalyResult {
  const before = residentBytes();
  const models: AnomalyModel[] = Array.from({ length: series }, () => createAnomalyModel());
  // Warm: memory that was never written is not there yet, and the first calls are not compiled.
  feed(models, 0, 20);
  const bytes = residentBytes() - before;
  const cpu = process.cpuUsage();
  const alarms = feed(models, 20, samples);
  const { user, system } = process.cpuUsage(cpu);
  return {
    series,
    samplesPerSeries: samples,
    microsecondsPerSample: Number(((user + system) / (series * (samples - 20))).toFixed(2)),
    bytesPerSeries: Math.round(bytes / series),
    checkpointBytesPerSeries: encodeAnomalyModel(models[0]!).length,
    alarmsPerSeriesAndWeek: Number((alarms / series / (((samples - 20) * stepMs) / weekMs)).toFixed(2)),
  };
}

/** Gives every model the samples of these indices: a daily wave of its own phase with noise. Answers how many alarms began. */
function feed(models: readonly AnomalyModel[], from: number, to: number): number {
  let alarms = 0;
  let random = 1 + from;
  for (let index = from; index < to; index++) {
    const timeMs = Date.UTC(2026, 0, 5) + index * stepMs;
    for (let at = 0; at < models.length; at++) {
      random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
      const wave = ((index + at) % 288) / 144 - 1;
      const { level } = stepAnomaly(models[at]!, timeMs, 50 + 20 * wave * wave + random / 1e9);
      if (level !== 'normal') alarms++;
    }
  }
  return alarms;
}

/** With what the allocator needs beside the bytes that were asked for. */
function residentBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage.rss();
}
