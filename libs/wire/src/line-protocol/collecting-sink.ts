import { LineScan, type LineProblem } from './line-scan.js';
import { LineScanner, type LineSink } from './line-scanner.js';
import type { Precision } from './precision.js';

/** A line as tests want to see it. */
export interface SeenLine {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Numbers, then strings, each in the order in which they were sent. */
  readonly fields: readonly (readonly [string, number | string])[];
  readonly timeMs: number;
}

interface SeenKey {
  readonly stale: boolean;
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly names: string[];
}

export interface Seen {
  readonly lines: readonly SeenLine[];
  readonly problems: readonly LineProblem[];
  readonly refusedLines: number;
  readonly rounded: number;
  /** How often the scanner had to ask for a line key. */
  readonly opened: number;
}

export const arrivalMs = 1_700_000_000_123;

/** Scans bodies with one scanner, in slices of `sliceBytes`, over a buffer that still holds what earlier bodies left there. */
export function createBodyReader(sliceBytes = 1 << 20, cacheBytes = 1_000_000): (body: string | Uint8Array, precision?: Precision, sender?: number) => Seen {
  const scanner = new LineScanner<SeenKey>(cacheBytes);
  const buffer = Buffer.alloc(1 << 20, 'x');
  return (body, precision = 'ns', sender = 1) => {
    const end = Buffer.from(body).copy(buffer);
    buffer[end] = 10;
    const scan = new LineScan<SeenKey>(buffer, end, sender, precision, arrivalMs);
    const { sink, lines, count } = createCollectingSink();
    while (!scan.done) scanner.scan(scan, sink, sliceBytes);
    return { lines, problems: scan.problems, refusedLines: scan.refusedLines, rounded: scan.rounded, opened: count() };
  };
}

function createCollectingSink(): { sink: LineSink<SeenKey>; lines: SeenLine[]; count: () => number } {
  const lines: SeenLine[] = [];
  let texts: [string, string][] = [];
  let opened = 0;
  const sink: LineSink<SeenKey> = {
    openKey(measurement, tags) {
      opened++;
      return { stale: false, measurement, tags: Object.fromEntries(tags), names: [] };
    },
    openField: (target, name) => (target.names.includes(name) ? target.names.indexOf(name) : target.names.push(name) - 1),
    refuseTime: (timeMs) => (timeMs > arrivalMs + 3_600_000 ? { reason: 'ahead', message: 'too far ahead' } : undefined),
    text(_, name, value) {
      texts.push([name, value]);
      return undefined;
    },
    line({ measurement, tags, names }, timeMs, ids, values, count) {
      lines.push({ measurement, tags, fields: [...Array.from({ length: count }, (_, i) => [names[ids[i]!]!, values[i]!] as const), ...texts], timeMs });
      texts = [];
    },
  };
  return { sink, lines, count: () => opened };
}
