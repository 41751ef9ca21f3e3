/** The anomaly detector over many series: CPU for each sample, as the trigger steps it, and bytes in a checkpoint. */
import { createAnomalyModel, createMemorySlots, encodeAnomalyModel } from '@opsloop/domain';
import { modelCondition } from './model-condition.js';

export interface AnomalyResult {
  readonly series: number;
  readonly samplesPerSeries: number;
  readonly microsecondsPerSample: number;
  readonly checkpointBytesPerSeries: number;
  readonly oddWindowsPerSeriesAndWeek: number;
}

const stepMs = 300_000;
const weekMs = 7 * 86_400_000;

/** Every series gets a sample, then the next one, as windows close in a service: no series stays in the CPU's caches. */
export function measureAnomaly(series = 100_000, samples = 300): AnomalyResult {
  const condition = modelCondition({ kind: 'anomaly', window: '5m', threshold: { warn: '> 0.5' } });
  const slots = createMemorySlots();
  const memories = Array.from({ length: series }, () => condition.create(slots));
  const feed = (from: number, to: number): number => feedSeries(memories, (memory, window) => condition.step(memory, window, slots)!.value > 0.5, from, to);
  // The first calls are not compiled.
  feed(0, 20);
  const cpu = process.cpuUsage();
  const odd = feed(20, samples);
  const { user, system } = process.cpuUsage(cpu);
  return {
    series,
    samplesPerSeries: samples,
    microsecondsPerSample: Number(((user + system) / (series * (samples - 20))).toFixed(2)),
    checkpointBytesPerSeries: encodeAnomalyModel(createAnomalyModel()).length,
    oddWindowsPerSeriesAndWeek: Number((odd / series / (((samples - 20) * stepMs) / weekMs)).toFixed(2)),
  };
}

/** Gives every series the samples of these indices: a daily wave of its own phase with noise. Answers how many were odd. */
function feedSeries(memories: readonly unknown[], isOdd: (memory: unknown, window: { startMs: number; endMs: number; value: number }) => boolean, from: number, to: number): number {
  let odd = 0;
  let random = 1 + from;
  for (let index = from; index < to; index++) {
    const startMs = Date.UTC(2026, 0, 5) + index * stepMs;
    for (let at = 0; at < memories.length; at++) {
      random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
      const wave = ((index + at) % 288) / 144 - 1;
      if (isOdd(memories[at], { startMs, endMs: startMs + stepMs, value: 50 + 20 * wave * wave + random / 1e9 })) odd++;
    }
  }
  return odd;
}
