import { setImmediate } from 'node:timers/promises';
import type { Principal } from '@opsloop/contracts';
import type { OutgoingRecord } from '@opsloop/ports';
import type { ServiceContext } from '@opsloop/runtime';
import type { Precision } from '@opsloop/wire';
import type { Intake, OpenRequest } from './intake.js';
import type { IntakeMetrics } from './intake-metrics.js';

export interface LinesRequest {
  readonly principal: Principal;
  readonly body: Uint8Array;
  readonly precision: Precision;
  readonly arrivalMs: number;
}

export interface ReadLines {
  /** For metrics.raw. */
  readonly records: OutgoingRecord[];
  /** What was refused, with line numbers; undefined: nothing. */
  readonly problem: string | undefined;
}

export type LineReader = (request: LinesRequest) => Promise<ReadLines>;

/** Bodies up to this size are scanned in one go and share one buffer; larger ones let others run in between. */
const sliceBytes = 32 * 1024;

/** Line protocol in, raw batches and refusals out: the same for every way that lines come in. */
export function createLineReader({ clock }: Pick<ServiceContext, 'clock'>, intake: Intake, metrics: IntakeMetrics): LineReader {
  const shared = Buffer.alloc(sliceBytes + 1);

  async function readOn(open: OpenRequest): Promise<void> {
    while (!open.scan.done) {
      await setImmediate();
      intake.read(open, sliceBytes, clock.monotonic());
    }
  }

  return async ({ principal, body, precision, arrivalMs }) => {
    const bytes = body.length <= sliceBytes ? shared : Buffer.allocUnsafeSlow(body.length + 1);
    bytes.set(body);
    const open = intake.begin({ principal, bytes, end: body.length, precision, arrivalMs });
    intake.read(open, sliceBytes, clock.monotonic());
    if (!open.scan.done) await readOn(open);
    const records = intake.close(open);
    metrics.scanned(open.scan, body.length);
    return { records, problem: open.scan.problems.length > 0 ? tellProblems(open.scan, records.length > 0) : undefined };
  };
}

/** Agents look for `partial write` and `unable to parse`, and do not send such a body again. */
function tellProblems({ lines, problems, refusedLines }: OpenRequest['scan'], stored: boolean): string {
  const head = stored ? `partial write: unable to parse or store ${refusedLines} of ${lines} lines; the rest is stored` : `unable to parse or store ${refusedLines} of ${lines} lines; nothing is stored`;
  const listed = problems.map(({ line, message }) => `line ${line}: ${message}`);
  return [head, ...listed, ...(refusedLines > problems.length ? [`and ${refusedLines - problems.length} more`] : [])].join('; ');
}
