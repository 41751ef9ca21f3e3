/**
 * Memory for each series of forecast and anomaly policies: the slope between few and many series that hold weeks each. Every
 * load is a process of its own, so nothing else counts; resident bytes have in them what the allocator and the engine add.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createMemorySlots } from '@opsloop/domain';
import { modelCondition, valueAt } from './model-condition.js';

export interface ModelMemory {
  /** What the process holds, or holds more for each series. */
  readonly residentBytes: number;
  /** As far as the engine counts it: its heap, and buffers outside. */
  readonly engineBytes: number;
}

const [fewSeries, manySeries] = [20_000, 120_000];
const filledMinutes = 14 * 1_440;
const models = {
  forecast: { kind: 'forecast', forecast: { within: '60m' }, threshold: { info: '> 60', warn: '> 66', critical: '> 70' } },
  anomaly: { kind: 'anomaly', threshold: { warn: '> 0.5' } },
} as const;

export async function measureModelMemory(): Promise<{ readonly series: number; readonly forecast: ModelMemory; readonly anomaly: ModelMemory; readonly residentBytesTogether: number }> {
  const forecast = await slopeOf('forecast');
  const anomaly = await slopeOf('anomaly');
  return { series: manySeries - fewSeries, forecast, anomaly, residentBytesTogether: forecast.residentBytes + anomaly.residentBytes };
}

async function slopeOf(model: keyof typeof models): Promise<ModelMemory> {
  const few = await weighApart(model, fewSeries);
  const many = await weighApart(model, manySeries);
  const slope = (name: keyof ModelMemory): number => Math.round((many[name] - few[name]) / (manySeries - fewSeries));
  return { residentBytes: slope('residentBytes'), engineBytes: slope('engineBytes') };
}

async function weighApart(model: string, series: number): Promise<ModelMemory> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', fileURLToPath(import.meta.url), model, String(series)]);
  return JSON.parse(stdout) as ModelMemory;
}

/** With what the trigger keeps around the memory of a condition. */
async function weigh(model: keyof typeof models, series: number): Promise<ModelMemory> {
  const condition = modelCondition(models[model]);
  const slots = createMemorySlots();
  const first = condition.create(slots) as number;
  for (let minute = 0; minute < filledMinutes; minute++) condition.step(first, { startMs: minute * 60_000, endMs: (minute + 1) * 60_000, value: valueAt(minute * 60_000) }, slots);
  const kept = Array.from({ length: series }, () => ({ condition, data: condition.create(slots) as number }));
  const sizeBytes = slots.offsetOf(kept[1]!.data) - slots.offsetOf(kept[0]!.data);
  const filled = slots.slabOf(first).slice(slots.offsetOf(first), slots.offsetOf(first) + sizeBytes);
  for (const { data } of kept) slots.slabOf(data).set(filled, slots.offsetOf(data));
  // Garbage goes in several rounds: what one frees lets the next return pages.
  for (let round = 0; round < 4; round++) {
    globalThis.gc!();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  // What is weighed is kept until then, and is what a series has that holds weeks.
  if (JSON.stringify(condition.encode(kept.at(-1)!.data, slots)) !== JSON.stringify(condition.encode(first, slots))) throw new Error('a series holds something else than the first');
  return { residentBytes: rss, engineBytes: heapUsed + arrayBuffers };
}

const [, script, model, series] = process.argv;
if (script === fileURLToPath(import.meta.url)) console.log(JSON.stringify(await weigh(model as keyof typeof models, Number(series))));
