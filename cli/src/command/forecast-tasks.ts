/** Many forecasts from a file, one task a line: how methods are compared on data whose future is known. */
import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { createForecaster, forecastSeries, longestHorizonMs, observeSample } from '@opsloop/domain';
import { CliError, line, type CliHost, type ExitCode } from '../cli-host.js';

interface ForecastTask {
  readonly id: string;
  /** Distance of values, seconds, and how many of them are to be forecast. */
  readonly stepS: number;
  readonly horizon: number;
  readonly history: readonly (number | null)[];
  readonly threshold: number;
  readonly side: 'above' | 'below';
}

/** Prints for each task { id, crossesStep, points: [[value, low, high]] }; step 1 is the first one ahead, null is never. */
export async function forecastTasks(host: CliHost, file: string): Promise<ExitCode> {
  const lines = createInterface({ input: createReadStream(resolve(host.workingDir, file)), crlfDelay: Infinity });
  let number = 0;
  try {
    for await (const text of lines) {
      number += 1;
      if (text.trim() !== '') host.out(line(JSON.stringify(solveTask(readTask(text, `${file}:${number}`)))));
    }
  } catch (error) {
    if (error instanceof CliError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new CliError(`${file} cannot be read (${code})`);
  }
  if (number === 0) throw new CliError(`${file} holds no tasks`);
  return 0;
}

function readTask(text: string, where: string): ForecastTask {
  let task: Partial<Record<string, unknown>>;
  try {
    task = JSON.parse(text) as Partial<Record<string, unknown>>;
  } catch {
    throw new CliError(`${where}: is no JSON`);
  }
  const { id, stepS, horizon, history, above, below } = task ?? {};
  if (typeof id !== 'string') throw new CliError(`${where}: has no id`);
  if (typeof stepS !== 'number' || !(stepS > 0)) throw new CliError(`${where}: stepS is the distance of values in seconds, a number above 0`);
  if (typeof horizon !== 'number' || !Number.isInteger(horizon) || horizon < 1) throw new CliError(`${where}: horizon is how many steps to forecast, a whole number above 0`);
  if (horizon * stepS * 1000 > longestHorizonMs) throw new CliError(`${where}: ${horizon} steps of ${stepS} s are more than 60 days`);
  if (!Array.isArray(history) || !history.every((value) => value === null || typeof value === 'number')) throw new CliError(`${where}: history is a list of numbers, null for a gap`);
  const threshold = typeof above === 'number' ? above : below;
  if (typeof threshold !== 'number' || (typeof above === 'number' && below !== undefined)) throw new CliError(`${where}: write either above or below, a number`);
  return { id, stepS, horizon, history, threshold, side: typeof above === 'number' ? 'above' : 'below' };
}

function solveTask({ id, stepS, horizon, history, threshold, side }: ForecastTask): { id: string; crossesStep: number | null; points?: number[][] } {
  const stepMs = stepS * 1000;
  const forecaster = createForecaster({ horizonMs: horizon * stepMs, side });
  history.forEach((value, index) => {
    if (value !== null) observeSample(forecaster, index * stepMs, value);
  });
  const forecast = forecastSeries(forecaster, threshold);
  if (!forecast) return { id, crossesStep: null };
  const lastMs = (history.length - 1) * stepMs;
  const { crossesAtMs, points } = forecast;
  const crossesStep = crossesAtMs === undefined ? null : Math.min(horizon, Math.max(1, Math.round((crossesAtMs - lastMs) / stepMs)));
  let nearest = 0;
  const steps = Array.from({ length: horizon }, (_, index) => {
    const timeMs = lastMs + (index + 1) * stepMs;
    // Bins may be wider than steps: each step takes the bin that its time lies nearest to.
    while (nearest + 1 < points.length && Math.abs(points[nearest + 1]!.timeMs - timeMs) <= Math.abs(points[nearest]!.timeMs - timeMs)) nearest++;
    const { value, low, high } = points[nearest]!;
    return [value, low, high];
  });
  return { id, crossesStep, points: steps };
}
