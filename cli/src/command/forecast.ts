import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseDurationMs } from '@opsloop/contracts';
import { createForecaster, forecastSeries, longestHorizonMs, observeSample, type SeriesForecast } from '@opsloop/domain';
import { CliError, line, type CliHost, type ExitCode } from '../cli-host.js';
import { parseCsv } from '../replay/parse-csv.js';
import { forecastTasks } from './forecast-tasks.js';

export interface ForecastOptions {
  readonly csv?: string;
  readonly horizon?: string;
  readonly above?: number;
  readonly below?: number;
  readonly floor?: number;
  readonly ceiling?: number;
  readonly tasks?: string;
}

/** When the series of a CSV reaches a threshold, as JSON; or a file of such questions. */
export async function forecastCommand(host: CliHost, options: ForecastOptions): Promise<ExitCode> {
  const { csv, tasks } = options;
  if (tasks !== undefined) {
    const other = (['csv', 'horizon', 'above', 'below', 'floor', 'ceiling'] as const).find((name) => options[name] !== undefined);
    if (other) throw new CliError(`--tasks and --${other} exclude each other: each task carries its own history, horizon and threshold`);
    return forecastTasks(host, tasks);
  }
  if (csv === undefined) throw new CliError('what is to be forecast? Write --csv FILE with a threshold, or --tasks FILE');
  const { threshold, side } = thresholdOf(options);
  const horizonMs = horizonOf(options.horizon);
  const text = await readFile(resolve(host.workingDir, csv), 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CliError(`${csv} cannot be read (${error.code ?? error.message})`);
  });
  const rows = parseCsv(text, csv);
  const { floor, ceiling } = options;
  if (floor !== undefined && ceiling !== undefined && floor >= ceiling) throw new CliError(`--floor ${floor} lies above --ceiling ${ceiling}`);
  const forecaster = createForecaster({ horizonMs, side, ...(floor === undefined ? {} : { floor }), ...(ceiling === undefined ? {} : { ceiling }) });
  for (const { timeMs, value } of rows) observeSample(forecaster, timeMs, value);
  const forecast = forecastSeries(forecaster, threshold);
  if (!forecast) throw new CliError(`${csv} has ${rows.length} rows: too few for a forecast over ${options.horizon}; some dozens at equal distance are the least, two weeks show what a week looks like`);
  host.out(line(JSON.stringify(printable(forecast), null, 2)));
  return 0;
}

function thresholdOf({ above, below }: ForecastOptions): { threshold: number; side: 'above' | 'below' } {
  if (above !== undefined && below !== undefined) throw new CliError('--above and --below exclude each other: ask twice');
  if (above !== undefined) return { threshold: above, side: 'above' };
  if (below !== undefined) return { threshold: below, side: 'below' };
  throw new CliError('which threshold? Write --above X or --below X');
}

function horizonOf(text: string | undefined): number {
  if (text === undefined) throw new CliError('how far ahead? Write --horizon 48h');
  const horizonMs = parseDurationMs(text);
  if (horizonMs === undefined || horizonMs <= 0) throw new CliError(`--horizon ${text} is no duration: write 60m, 48h or 30d`);
  if (horizonMs > longestHorizonMs) throw new CliError(`--horizon ${text} is too far: 60d is the most`);
  return horizonMs;
}

function printable({ madeAtMs, crossesAtMs, earliestMs, latestMs, odds, points, model, why }: SeriesForecast): unknown {
  return {
    madeAt: iso(madeAtMs), crossesAt: iso(crossesAtMs), earliest: iso(earliestMs), latest: iso(latestMs), never: crossesAtMs === undefined, odds,
    points: points.map(({ timeMs, value, low, high }) => [iso(timeMs), value, low, high]), model, why,
  };
}

function iso(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
