import { CliError } from '../cli-host.js';

export interface CsvRow {
  /** ms since the epoch. */
  readonly timeMs: number;
  readonly value: number;
}

const dateTime = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?\s*(Z|[+-]\d{2}:?\d{2})?$/;
/** Whole numbers above it are milliseconds: as seconds they would lie behind the year 5138. */
const mostSeconds = 1e11;
/** The last time that has a date. */
const latestMs = 8.64e15;

/** Rows of `timestamp,value`, ascending by time; a heading is skipped. Throws a CliError that names the line. */
export function parseCsv(text: string, file: string): CsvRow[] {
  const rows: CsvRow[] = [];
  for (const [index, line] of text.replace(/^\ufeff/, '').split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const [timestamp = '', number = '', ...more] = line.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
    const timeMs = parseTimestamp(timestamp);
    // Digits beside a value are a row, whose time cannot be read.
    if (timeMs === undefined && index === 0 && !(/\d/.test(timestamp) && isNumber(number))) continue;
    if (timeMs === undefined) throw new CliError(`${file}:${index + 1}: "${timestamp}" is not a time: write 2014-02-14 14:30:00 (UTC), ISO 8601, or seconds or milliseconds since the epoch`);
    if (!isNumber(number)) throw new CliError(`${file}:${index + 1}: "${number}" is not a number`);
    if (more.length > 0) throw new CliError(`${file}:${index + 1}: has ${more.length + 2} columns, timestamp,value are expected`);
    rows.push({ timeMs, value: Number(number) });
  }
  if (rows.length === 0) throw new CliError(`${file} holds no rows of timestamp,value`);
  return rows.toSorted((a, b) => a.timeMs - b.timeMs);
}

function isNumber(text: string): boolean {
  return text !== '' && Number.isFinite(Number(text));
}

/** Without a zone, times are in UTC. */
export function parseTimestamp(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) {
    const number = Number(text);
    const ms = Math.round(number > mostSeconds ? number : number * 1000);
    return ms > latestMs ? undefined : ms;
  }
  const match = dateTime.exec(text);
  if (!match || !isDay(match[1]!)) return undefined;
  const ms = Date.parse(`${match[1]}T${match[2] ?? '00:00:00'}${match[3] ?? 'Z'}`);
  return Number.isNaN(ms) ? undefined : ms;
}

/** Date.parse takes 30 February for a day in March. */
function isDay(text: string): boolean {
  const ms = Date.parse(text);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}
