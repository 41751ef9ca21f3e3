/** The collector's own work on a body, without HTTP and bus: microseconds of CPU for each sample. */
import { setTimeout as sleep } from 'node:timers/promises';
import { settingsSchema, type Principal } from '@opsloop/contracts';
import { Intake } from '@opsloop/collector';
import { createRawBatchDecoder, LineScan, LineScanner, type LineSink } from '@opsloop/wire';
import { createBodyMaker, type Body } from '../load/agent-body.js';
import { measureRawEncodings, type EncodingResult } from './raw-encodings.js';

export interface IntakeResult {
  readonly bodies: number;
  readonly samplesPerBody: number;
  readonly bytesPerBody: number;
  readonly bytesPerBatch: number;
  /** Bytes to numbered fields. */
  readonly scanUsPerSample: number;
  /** The same, and on to encoded batches. */
  readonly scanToBatchUsPerSample: number;
  readonly decodeUsPerSample: number;
  /** A body of a host that was never seen, for each sample. */
  readonly firstSightUsPerSample: number;
  readonly encodings: readonly EncodingResult[];
}

interface Target {
  readonly stale: boolean;
  fields: number;
}

const sender: Principal = { tenant: 'default', name: 'agents', scopes: ['ingest'] };
const sliceBytes = 1 << 16;

/**
 * `hosts` agents send `ticks` bodies each, `rounds` times; the quickest round counts, since other work on the machine
 * only ever makes it slower. `shuffled`: fields in another order from line to line, as agents written in Go send them.
 */
export async function measureIntake({ hosts = 300, ticks = 10, rounds = 12, shuffled = false } = {}): Promise<IntakeResult> {
  const bodies = createBodies(hosts, ticks, shuffled);
  const samples = bodies.reduce((sum, body) => sum + body.samples, 0);
  const buffer = Buffer.alloc(sliceBytes + 1);
  const intake = new Intake(settingsSchema.parse({}));
  const scanner = new LineScanner<Target>(64 * 2 ** 20);
  const decoder = createRawBatchDecoder();
  const best = { scan: Infinity, intake: Infinity, decode: Infinity };
  let values: Uint8Array[] = [];
  let firstSight = 0;
  for (let round = 0; round < rounds; round++) {
    const intakeUs = cpuUs(() => (values = bodies.map((body) => takeIn(intake, buffer, body))));
    if (round === 1) {
      const fresh = new Intake(settingsSchema.parse({}));
      firstSight = cpuUs(() => bodies.slice(0, hosts).forEach((body) => takeIn(fresh, buffer, body)));
    }
    best.intake = Math.min(best.intake, intakeUs);
    best.scan = Math.min(best.scan, cpuUs(() => bodies.forEach((body) => scan(scanner, buffer, body))));
    best.decode = Math.min(best.decode, cpuUs(() => values.forEach((bytes) => decoder.decode(bytes))));
    await sleep(1);
  }
  return {
    bodies: bodies.length,
    samplesPerBody: samples / bodies.length,
    bytesPerBody: Math.round(bodies.reduce((sum, body) => sum + body.bytes.length, 0) / bodies.length),
    bytesPerBatch: Math.round(values.reduce((sum, bytes) => sum + bytes.length, 0) / values.length),
    scanUsPerSample: best.scan / samples,
    scanToBatchUsPerSample: best.intake / samples,
    decodeUsPerSample: best.decode / samples,
    firstSightUsPerSample: firstSight / (samples / ticks),
    encodings: measureRawEncodings(values.map((bytes) => decoder.decode(bytes))),
  };
}

function createBodies(hosts: number, ticks: number, shuffled: boolean): Body[] {
  const make = createBodyMaker(42);
  const startS = Math.floor(Date.now() / 10_000) * 10 - ticks * 10;
  const bodies = Array.from({ length: hosts * ticks }, (_, i) => make(i % hosts, startS + Math.floor(i / hosts) * 10));
  return shuffled ? bodies.map(({ bytes, samples }) => ({ bytes: Buffer.from(shuffleFields(bytes.toString())), samples })) : bodies;
}

function shuffleFields(text: string): string {
  let state = 7;
  const random = (below: number) => Math.floor(((state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32) * below);
  return text.replaceAll(/ (\S+) /g, (_, fields: string) => {
    const names = fields.split(',');
    for (let i = names.length - 1; i > 0; i--) {
      const other = random(i + 1);
      [names[i], names[other]] = [names[other]!, names[i]!];
    }
    return ` ${names.join()} `;
  });
}

function takeIn(intake: Intake, buffer: Buffer, { bytes }: Body): Uint8Array {
  buffer.set(bytes);
  const open = intake.begin({ principal: sender, bytes: buffer, end: bytes.length, precision: 'ns', arrivalMs: Date.now() });
  while (!open.scan.done) intake.read(open, sliceBytes, 0);
  if (open.scan.problems[0]) throw new Error(open.scan.problems[0].message);
  return intake.close(open)[0]!.value;
}

const idleSink: LineSink<Target> = {
  openKey: () => ({ stale: false, fields: 0 }),
  openField: (target) => target.fields++,
  refuseTime: () => undefined,
  text: () => undefined,
  line: () => undefined,
};

function scan(scanner: LineScanner<Target>, buffer: Buffer, { bytes }: Body): void {
  buffer.set(bytes);
  buffer[bytes.length] = 10;
  const one = new LineScan<Target>(buffer, bytes.length, 1, 'ns', Date.now());
  while (!one.done) scanner.scan(one, idleSink, sliceBytes);
}

function cpuUs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
