import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { topics, type Principal } from '@opsloop/contracts';
import type { OutgoingRecord } from '@opsloop/ports';
import { publishInSlices, publishSliceBytes, type ServiceContext } from '@opsloop/runtime';
import type { Failure } from '../answer.js';
import { createTurns } from '../create-turns.js';
import { LogBatches } from './log-batches.js';
import { maxRequestRecords } from './log-limits.js';
import type { LogCounts, LogMetrics } from './log-metrics.js';
import { readLogRecord } from './read-log-record.js';
import { splitBody, type BodyPart } from './split-body.js';

export type LogStore = (body: Buffer, principal: Principal) => Promise<Failure | { readonly accepted: number }>;

/** Others run behind so many characters, where each record counts as some more. */
const sliceLength = 64 * 1024;
const partLength = 256;
/** Records take many times their JSON; so few of the bodies above this size are made into records at once. */
const largeBytes = 64 * 1024;
const largeAtOnce = 4;
/** No record is shorter, the comma or line end behind it included. */
const leastRecordBytes = 2;
const maxToldProblems = 10;

const tooMany: Failure = { code: 'request too large', message: `the body holds more than ${maxRequestRecords} log records: send smaller batches; nothing of it is stored` };

/** Log records in, batches on the bus and refusals out. What is made of a body is published as it is made, and never held as a whole. */
export function createLogStore({ bus, clock, reach, settings }: ServiceContext, metrics: LogMetrics): LogStore {
  const inTurn = createTurns(largeAtOnce);

  async function publish(records: OutgoingRecord[]): Promise<void> {
    if (records.length === 0) return;
    reach('collector.before-publish-logs');
    await publishInSlices(records, (slice) => bus.publish(topics.logs.name, slice));
    reach('collector.after-publish-logs');
  }

  async function store(body: Buffer, principal: Principal): Promise<Failure | { readonly accepted: number }> {
    const text = body.toString();
    // Before anything is stored: in smaller batches it comes again, and would count twice.
    if (body.length > maxRequestRecords * leastRecordBytes && (await holdsTooMany(text))) return tooMany;
    const arrivalMs = clock.now();
    const batches = new LogBatches(principal, arrivalMs, randomUUID());
    const counts: LogCounts = { accepted: 0, cut: 0, refused: new Map() };
    const problems: string[] = [];
    const { unit, mend, parts } = splitBody(text);
    for await (const slice of inSlices(parts)) {
      for (const part of slice) {
        const read = part.problem === undefined ? readLogRecord(part.text, { arrivalMs, retentionMs: settings.RETENTION_RAW, mend }) : { reason: 'syntax', message: part.problem };
        if (read === 'blank') continue;
        const refusal = 'reason' in read ? read : batches.add(read);
        if (refusal) {
          counts.refused.set(refusal.reason, (counts.refused.get(refusal.reason) ?? 0) + 1);
          if (problems.length < maxToldProblems) problems.push(`${unit} ${part.number}: ${refusal.message}`);
          continue;
        }
        counts.accepted++;
        if ('isCut' in read && read.isCut) counts.cut++;
        if (batches.bytes >= publishSliceBytes) await publish(batches.close());
      }
    }
    await publish(batches.close());
    metrics.read(counts, body.length);
    return problems.length > 0 ? { code: 'invalid', message: tellProblems(counts, problems) } : { accepted: counts.accepted };
  }

  return (body, principal) => (body.length > largeBytes ? inTurn(() => store(body, principal)) : store(body, principal));
}

async function holdsTooMany(text: string): Promise<boolean> {
  let count = 0;
  for await (const slice of inSlices(splitBody(text).parts)) if ((count += slice.length) > maxRequestRecords) return true;
  return false;
}

async function* inSlices(parts: Iterable<BodyPart>): AsyncIterable<readonly BodyPart[]> {
  let slice: BodyPart[] = [];
  let length = 0;
  for (const part of parts) {
    slice.push(part);
    length += partLength + (part.text?.length ?? 0);
    if (length < sliceLength) continue;
    yield slice;
    slice = [];
    length = 0;
    await setImmediate();
  }
  yield slice;
}

function tellProblems({ accepted, refused }: LogCounts, problems: readonly string[]): string {
  const count = [...refused.values()].reduce((sum, one) => sum + one, 0);
  const head = `unable to take ${count} of ${count + accepted} log records; ${accepted > 0 ? 'the rest is stored' : 'nothing is stored'}`;
  return [head, ...problems, ...(count > problems.length ? [`and ${count - problems.length} more`] : [])].join('; ');
}
