import { CliError } from '../cli-host.js';
import type { CsvRow } from './parse-csv.js';

export interface ReplayedSeries {
  readonly metric: string;
  readonly host: string;
  /** `name=value` as given on the command line. */
  readonly labels: readonly string[];
}

/** The head of each line (measurement and tags) and its field: the metric `a.b.c` is the field `c` of the measurement `a.b`. */
export function lineHead({ metric, host, labels }: ReplayedSeries): { readonly head: string; readonly field: string; readonly storedAs: string } {
  const dot = metric.lastIndexOf('.');
  const measurement = dot > 0 ? metric.slice(0, dot) : metric;
  const field = dot > 0 ? metric.slice(dot + 1) : 'value';
  if (measurement === '' || field === '') throw new CliError(`--metric ${metric} is not the name of a metric: write it like cpu.utilisation`);
  if (/[\r\n]/.test(`${metric}${host}`) || host === '') throw new CliError('--metric and --host must be one line of text each');
  const tags = new Map([['host', host], ...labels.map(parseLabel)]);
  const tagText = [...tags].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `,${escapeTag(name)}=${escapeTag(value)}`);
  return { head: `${escapeMeasurement(measurement)}${tagText.join('')}`, field: escapeTag(field), storedAs: `${measurement}.${field}` };
}

/** Line protocol with times in milliseconds. */
export function encodeRows(rows: readonly CsvRow[], { head, field }: { readonly head: string; readonly field: string }, shiftMs: number): string {
  return rows.map(({ timeMs, value }) => `${head} ${field}=${value} ${timeMs + shiftMs}\n`).join('');
}

function parseLabel(text: string): [string, string] {
  const equals = text.indexOf('=');
  if (equals < 1 || equals === text.length - 1 || /[\r\n]/.test(text)) throw new CliError(`--label ${text} is not name=value`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

function escapeMeasurement(text: string): string {
  return text.replaceAll(/([ ,\\])/g, '\\$1');
}

function escapeTag(text: string): string {
  return text.replaceAll(/([ ,=\\])/g, '\\$1');
}
