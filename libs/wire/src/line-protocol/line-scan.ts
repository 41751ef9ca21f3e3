import { byte } from './byte.js';
import type { LineKey } from './line-key-cache.js';
import { defaultTimeMs, type Precision } from './precision.js';

/** Why something was not taken: a short name to count by, and what the sender is told. */
export interface Refusal {
  readonly reason: string;
  readonly message: string;
}

export interface LineProblem extends Refusal {
  /** Counted from 1. */
  readonly line: number;
}

/** Problems that are told; all are counted. */
const maxProblems = 10;

/** One body on its way through the scanner, which may take it in slices. */
export class LineScan<Target> {
  /** Holds a newline at `end`. */
  readonly bytes: Buffer;
  readonly view: DataView;
  readonly end: number;
  readonly sender: number;
  readonly precision: Precision;
  readonly arrivalTimeMs: number;
  /** Where the next line starts. */
  at = 0;
  previous: LineKey<Target> | undefined;
  lines = 0;
  samples = 0;
  /** Integers that lost digits because they are above 2^53. */
  rounded = 0;
  /** The first problems, in the order of the lines. */
  readonly problems: LineProblem[] = [];
  /** How often each reason occurred; undefined while nothing was refused. */
  refused: Map<string, number> | undefined;
  refusedLines = 0;

  /** The timestamp of the line before, with its newline: most lines of a body share one. */
  stampAt = 0;
  stampLength = 0;
  stampMs = 0;
  stampRefusal: Refusal | undefined;

  #countedTo = 0;
  #line = 1;
  #refusedAt = -1;

  /** `bytes[end]` must be a newline that is not part of the body. `sender` keeps the line keys of senders apart. */
  constructor(bytes: Buffer, end: number, sender: number, precision: Precision, arrivalMs: number) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.end = end;
    this.sender = sender;
    this.precision = precision;
    this.arrivalTimeMs = defaultTimeMs(arrivalMs, precision);
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  refuse(lineAt: number, { reason, message }: Refusal): void {
    this.refused ??= new Map();
    this.refused.set(reason, (this.refused.get(reason) ?? 0) + 1);
    if (this.#refusedAt !== lineAt) this.refusedLines++;
    this.#refusedAt = lineAt;
    if (this.problems.length < maxProblems) this.problems.push({ line: this.#lineAt(lineAt), reason, message });
  }

  /** Lines are counted only when one is bad, and only onwards. */
  #lineAt(at: number): number {
    for (let i = this.#countedTo; i < at; i++) {
      if (this.bytes[i] === byte.newline) this.#line++;
    }
    this.#countedTo = at;
    return this.#line;
  }
}
