import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { LabelledWindow } from '@opsloop/domain';
import { CliError, type CliHost } from '../cli-host.js';
import { parseTimestamp } from '../replay/parse-csv.js';

interface Entry {
  readonly place: string;
  readonly shown: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** Times in which something was wrong: lines of `from,to`, a heading is skipped; or JSON, a list of `[from, to]` or `{ "from", "to" }`. */
export async function readLabels({ workingDir }: CliHost, file: string | undefined): Promise<LabelledWindow[] | undefined> {
  if (file === undefined) return undefined;
  const text = await readFile(resolve(workingDir, file), 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CliError(`${file} cannot be read (${error.code ?? error.message})`);
  });
  const entries = text.trimStart().startsWith('[') ? jsonEntries(file, text) : csvEntries(file, text);
  return entries.map(({ place, shown, from, to }) => {
    const [fromMs, toMs] = [timeOf(from), timeOf(to)];
    if (fromMs === undefined || toMs === undefined || toMs < fromMs) throw new CliError(`${place}: ${shown} is not a stretch of time: write from,to`);
    return { fromMs, toMs };
  });
}

function csvEntries(file: string, text: string): Entry[] {
  return text.split(/\r?\n/).flatMap((row, index): Entry[] => {
    const [from, to] = row.split(',').map((cell) => cell.trim());
    if (row.trim() === '' || (index === 0 && timeOf(from) === undefined)) return [];
    return [{ place: `${file}:${index + 1}`, shown: `"${row}"`, from, to }];
  });
}

function jsonEntries(file: string, text: string): Entry[] {
  let list: unknown[];
  try {
    list = JSON.parse(text) as unknown[];
  } catch (error) {
    throw new CliError(`${file} is no JSON: ${(error as Error).message}`);
  }
  return list.map((entry, index): Entry => {
    const { from, to } = Array.isArray(entry) ? { from: entry[0] as unknown, to: entry[1] as unknown } : ((entry ?? {}) as { from?: unknown; to?: unknown });
    return { place: `${file}, entry ${index + 1}`, shown: JSON.stringify(entry), from, to };
  });
}

function timeOf(value: unknown): number | undefined {
  return typeof value === 'string' || typeof value === 'number' ? parseTimestamp(String(value)) : undefined;
}
