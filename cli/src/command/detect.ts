import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { createAnomalyModel, defaultAnomalyThreshold, stepAnomaly, type AnomalyModel } from '@opsloop/domain';
import { CliError, line, type CliHost, type ExitCode } from '../cli-host.js';
import type { Output } from '../options.js';
import { detectRows, type DetectRow } from './detect-rows.js';

export interface DetectOptions {
  /** `-` is standard input. */
  readonly csv: string;
  readonly threshold?: number;
  readonly output: Output;
}

/**
 * Scores each row of a CSV by the rows before it. Prints `timestamp,value,anomaly_score,level`, or with JSON one object
 * a line that also says what was expected and what gave it away.
 */
export async function detectCommand(host: CliHost, { csv, threshold = defaultAnomalyThreshold, output }: DetectOptions): Promise<ExitCode> {
  const source = csv === '-' ? host.input : createReadStream(resolve(host.workingDir, csv));
  const file = csv === '-' ? 'standard input' : csv;
  const model = createAnomalyModel();
  let latestMs = -Infinity;
  let count = 0, backwards = 0;
  for await (const rows of readable(detectRows(source, file), file)) {
    let text = output === 'table' && count === 0 && rows.length > 0 ? line('timestamp,value,anomaly_score,level') : '';
    for (const row of rows) {
      if (row.timeMs < latestMs) backwards++;
      latestMs = Math.max(latestMs, row.timeMs);
      text += line(output === 'json' ? asJson(model, row, latestMs, threshold) : asCsv(model, row, latestMs, threshold));
    }
    count += rows.length;
    if (text !== '') host.out(text);
  }
  if (count === 0) throw new CliError(`${file} holds no rows of timestamp,value`);
  if (backwards > 0) host.err(line(`${backwards} of ${count} rows were older than a row before them and were judged as if they had its time: sort the file by time for better results`));
  return 0;
}

function asCsv(model: AnomalyModel, row: DetectRow, timeMs: number, threshold: number): string {
  const { score, level } = stepAnomaly(model, timeMs, row.value, threshold);
  return `${row.timestamp},${row.text},${score.toFixed(6)},${level}`;
}

function asJson(model: AnomalyModel, row: DetectRow, timeMs: number, threshold: number): string {
  const { score, level, ...why } = stepAnomaly(model, timeMs, row.value, threshold);
  return JSON.stringify({ timestamp: row.timestamp, value: Number.isNaN(row.value) ? null : row.value, anomalyScore: score, level, ...why });
}

/** Names the file where it cannot be read. */
async function* readable<T>(rows: AsyncIterable<T>, file: string): AsyncIterable<T> {
  try {
    yield* rows;
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`);
  }
}
