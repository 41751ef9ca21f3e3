/** Rows of `timestamp,value`, one at a time, so that a file of any length or a pipe takes the same memory. */
import { StringDecoder } from 'node:string_decoder';
import { CliError } from '../cli-host.js';
import { parseTimestamp } from '../replay/parse-csv.js';

export interface DetectRow {
  /** The cells as they were written, for the answer. */
  readonly timestamp: string;
  readonly text: string;
  readonly timeMs: number;
  /** NaN for an empty cell: a gap. */
  readonly value: number;
}

/** Where the cells are; other columns are there only when a heading tells them apart. */
interface Columns {
  readonly timestamp: number;
  readonly value: number;
  readonly count: number;
}

const plain: Columns = { timestamp: 0, value: 1, count: 2 };
const gaps = new Set(['', 'nan', 'null', 'na', 'n/a']);
/** A line longer than this is no row; without the limit a file without line ends would fill the memory. */
const longestLine = 100_000;

/** The rows of each chunk. A heading is skipped, and tells where timestamp and value are. Throws a CliError that names the line. */
export async function* detectRows(source: AsyncIterable<Uint8Array | string>, file: string): AsyncIterable<readonly DetectRow[]> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let number = 0;
  let columns: Columns | undefined;
  const rowsOf = (lines: readonly string[]): DetectRow[] => {
    const rows: DetectRow[] = [];
    for (const line of lines) {
      number++;
      const cells = cellsOf(line);
      if (cells === undefined) continue;
      const heading = columns === undefined ? headingOf(cells) : undefined;
      columns ??= heading ?? plain;
      if (heading === undefined) rows.push(readRow(cells, columns, `${file}:${number}`));
    }
    return rows;
  };
  for await (const chunk of source) {
    const lines = (rest + (typeof chunk === 'string' ? chunk : decoder.write(Buffer.from(chunk)))).split('\n');
    rest = lines.pop()!;
    yield rowsOf(lines);
    if (rest.length > longestLine) throw new CliError(`${file}:${number + 1}: has more than ${longestLine} characters: a row of timestamp,value on each line is expected`);
  }
  yield rowsOf([rest + decoder.end()]);
}

function cellsOf(line: string): string[] | undefined {
  const text = line.replace(/^\ufeff/, '').trim();
  return text === '' ? undefined : text.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
}

/** A first line that does not begin with a time is a heading. */
function headingOf(cells: readonly string[]): Columns | undefined {
  if (parseTimestamp(cells[0]!) !== undefined) return undefined;
  const names = cells.map((cell) => cell.toLowerCase());
  const timestamp = names.findIndex((name) => name === 'timestamp' || name === 'time');
  const value = names.indexOf('value');
  if (timestamp >= 0 && value >= 0) return { timestamp, value, count: cells.length };
  return /\d/.test(cells[0]!) ? undefined : plain;
}

function readRow(cells: readonly string[], columns: Columns, where: string): DetectRow {
  if (cells.length !== columns.count) throw new CliError(`${where}: has ${cells.length} ${cells.length === 1 ? 'column' : 'columns'}, ${columns.count === 2 ? 'timestamp,value are' : `${columns.count} as in the heading are`} expected`);
  const timestamp = cells[columns.timestamp]!, text = cells[columns.value]!;
  const timeMs = parseTimestamp(timestamp);
  if (timeMs === undefined) throw new CliError(`${where}: "${timestamp}" is not a time: write 2014-02-14 14:30:00 (UTC), ISO 8601, or seconds or milliseconds since the epoch`);
  const value = gaps.has(text.toLowerCase()) ? Number.NaN : Number(text);
  if (Number.isNaN(value) && !gaps.has(text.toLowerCase())) throw new CliError(`${where}: "${text}" is not a number; leave the cell empty where nothing was measured`);
  return { timestamp, text, timeMs, value };
}
