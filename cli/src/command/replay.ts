import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CliError, line, type CliHost, type ExitCode } from '../cli-host.js';
import { encodeRows, lineHead } from '../replay/encode-rows.js';
import { parseCsv, type CsvRow } from '../replay/parse-csv.js';
import { sendLines } from '../replay/send-lines.js';
import { watchHistory, type WatchedHistory } from '../replay/watch-history.js';
import type { Output } from '../options.js';
import { openApi, type ApiClient } from '../server/api-client.js';
import { baseWindowOf } from '../server/server-definitions.js';

const maxBatchRows = 5_000;
/** Rows that fall due within this are sent together. */
const togetherMs = 100;
const progressEveryMs = 1_000;

export interface ReplayOptions {
  readonly csv: string;
  readonly metric: string;
  readonly host: string;
  readonly label: readonly string[];
  readonly speed: number | 'max';
  readonly keepTimes?: boolean;
  readonly output: Output;
}

interface Progress {
  sent: number;
  refused: number;
  /** What the server said of the first rows that it refused. */
  reason: string | undefined;
}

/** Sends a CSV as one series; 2 when the server refused any of it, or did not keep it. */
export async function replayCommand(host: CliHost, options: ReplayOptions): Promise<ExitCode> {
  const path = resolve(host.workingDir, options.csv);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CliError(`${options.csv} cannot be read (${error.code ?? error.message})`);
  });
  const found = parseCsv(text, options.csv);
  const rows = found.filter(({ timeMs }, at) => found[at + 1]?.timeMs !== timeMs);
  const series = lineHead({ metric: options.metric, host: options.host, labels: options.label });
  const api = await openApi(host);
  const shiftMs = options.keepTimes ? 0 : shiftOf(rows, options.speed, Date.now(), await baseWindowOf(api));
  const history = await watch(host, api, { ...options, metric: series.storedAs }, rows.map(({ timeMs }) => timeMs + shiftMs));
  if (rows.length < found.length) host.err(line(`${found.length - rows.length} of the ${found.length} rows are left out: a row after them has the same time, and a series has one value at a time`));
  if (series.storedAs !== options.metric) host.err(line(`the metric is stored as ${series.storedAs}`));
  const startMs = performance.now();
  const progress: Progress = { sent: 0, refused: 0, reason: undefined };
  const tell = createProgress(host, rows.length);
  for await (const batch of paced(rows, options.speed)) {
    const outcome = await sendLines(api.server, encodeRows(batch, series, shiftMs), batch.length, (reason) => host.err(line(`waiting: ${reason}`)));
    progress.sent += batch.length;
    progress.refused += outcome.refused;
    progress.reason ??= outcome.reason;
    tell(progress.sent);
  }
  const seconds = (performance.now() - startMs) / 1000;
  if (history) host.err(line('waiting until history shows what was sent'));
  const kept = await history?.countKept(rows.length - progress.refused);
  return report(host, options.output, { kept, metric: series.storedAs, host: options.host, rows: rows.length, firstAt: iso(rows[0]!.timeMs + shiftMs), lastAt: iso(rows.at(-1)!.timeMs + shiftMs), seconds, ...progress });
}

/** Sending needs the scope ingest only: whoever cannot read is told that nothing was checked. */
async function watch(host: CliHost, api: ApiClient, { metric, host: name, label }: ReplayOptions, timesMs: readonly number[]): Promise<WatchedHistory | undefined> {
  try {
    const history = await watchHistory(api, { metric, host: name, labels: label }, timesMs, await baseWindowOf(api));
    if (!history) host.err(line(`not checked against history: fields named ${metric} are stored as other metrics`));
    return history;
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    host.err(line(`not checked against history: ${error.message}`));
    return undefined;
  }
}

/** The last row becomes the time at which it is sent, less at most one base window: whole windows, so that samples keep their place in them. */
function shiftOf(rows: readonly CsvRow[], speed: number | 'max', nowMs: number, windowMs: number): number {
  const [firstMs, lastMs] = [rows[0]!.timeMs, rows.at(-1)!.timeMs];
  const endMs = speed === 'max' ? nowMs : nowMs + (lastMs - firstMs) / speed;
  // Slower than it happened, it is the first row that must not lie ahead of its sending.
  return Math.floor(Math.min(nowMs - firstMs, endMs - lastMs) / windowMs) * windowMs;
}

/** Batches of rows, each when it is due: at speed n, a second of the file takes 1/n of a second. */
async function* paced(rows: readonly CsvRow[], speed: number | 'max'): AsyncIterable<readonly CsvRow[]> {
  const startMs = performance.now();
  const firstMs = rows[0]!.timeMs;
  for (let from = 0; from < rows.length; ) {
    let to = Math.min(rows.length, from + maxBatchRows);
    if (speed !== 'max') {
      const waitMs = (rows[from]!.timeMs - firstMs) / speed - (performance.now() - startMs);
      if (waitMs > 0) await sleep(waitMs);
      const reachedMs = firstMs + (performance.now() - startMs + togetherMs) * speed;
      while (to > from + 1 && rows[to - 1]!.timeMs > reachedMs) to--;
    }
    yield rows.slice(from, to);
    from = to;
  }
}

function createProgress(host: CliHost, total: number): (sent: number) => void {
  let toldMs = performance.now();
  return (sent) => {
    if (performance.now() - toldMs < progressEveryMs) return;
    toldMs = performance.now();
    host.err(line(`${sent} of ${total} rows`));
  };
}

interface Totals extends Progress {
  readonly metric: string;
  readonly host: string;
  readonly rows: number;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly seconds: number;
  /** Undefined: nobody looked. */
  readonly kept: number | undefined;
}

function report(host: CliHost, output: Output, totals: Totals): ExitCode {
  const { rows, metric, firstAt, lastAt, seconds, refused, reason, kept } = totals;
  const accepted = rows - refused;
  if (output === 'json') host.out(line(JSON.stringify(totals, null, 2)));
  else host.out(line(`sent ${accepted} of ${rows} rows of ${metric} on ${totals.host}, ${firstAt} to ${lastAt}, in ${seconds.toFixed(1)} s (${Math.round(rows / Math.max(seconds, 0.001))} rows/s)`));
  if (refused > 0) host.err(line(`${refused} ${refused === 1 ? 'row was' : 'rows were'} refused; of the first the server said:\n  ${(reason ?? '').replaceAll('; ', '\n  ')}`));
  const lost = accepted - (kept ?? accepted);
  if (lost > 0) host.err(line(lossText(lost, accepted, totals.host)));
  return refused > 0 || lost > 0 ? 2 : 0;
}

function lossText(lost: number, accepted: number, name: string): string {
  return `${lost} of the ${accepted} rows did not come to history.
  What is older than the newest sample of its host by more than OPSLOOP_LATENESS_MS is too late: it is accepted, counted in
  opsloop_aggregator_dropped_samples_total{reason="late"} and dropped. So is what was sent twice within 10 minutes ("duplicate").
  After one series of ${name}, another one comes too late. Replay each under another --host, replay it with another token, or send all
  metrics of ${name} together in the order of time, through /api/v2/write.`;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
