import { byte } from './byte.js';

/**
 * Where the line that starts at `start` ends: the index of its newline, or `end`. A newline inside a quoted field
 * value or behind a backslash belongs to the line, as in InfluxDB (models.scanLine). Comments end at their newline.
 */
export function findLineEnd(bytes: Uint8Array, start: number, end: number): number {
  let quoted = false;
  let inFields = false;
  let equals = 0;
  let commas = 0;
  for (let i = start; i < end; i++) {
    const c = bytes[i]!;
    if (c === byte.newline && !quoted) return i;
    if (c === byte.backslash && i + 2 < end) i++;
    else if (c === byte.space) inFields = true;
    else if (!inFields) continue;
    else if (c === byte.quote && equals > commas) quoted = !quoted;
    else if (c === byte.equals && !quoted) equals++;
    else if (c === byte.comma && !quoted) commas++;
  }
  return end;
}
