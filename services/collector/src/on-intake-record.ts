/** metrics.intake: line protocol that agents write to the bus themselves, read as if each record were a request. */
import { deadLetterTopic, topics, type Principal } from '@opsloop/contracts';
import type { BusRecord, OutgoingRecord } from '@opsloop/ports';
import { batchConsumer, publishInSlices, toDeadLetter, type Part, type ServiceContext } from '@opsloop/runtime';
import type { LineReader } from './read-lines.js';

const topic = topics.intake.name;
const group = 'collector';

/**
 * Each record makes raw batches of its own, however many come at once: read again after a crash, it makes the same ones, and
 * whoever counts them knows them by their content. What is refused goes to the dead letters with the reason; the good
 * lines beside it are stored.
 */
export function createIntakeConsumer(context: ServiceContext, readLines: LineReader): Part {
  const { bus, clock, reach, settings } = context;
  const principal: Principal = { tenant: settings.INTAKE_TENANT, name: topic, scopes: ['ingest'] };

  async function handleBatch(records: readonly BusRecord[], partition: number): Promise<void> {
    const taken: OutgoingRecord[] = [];
    const refused: OutgoingRecord[] = [];
    for (const record of records) {
      const read = await readRecord(record);
      taken.push(...read.records);
      if (read.problem === undefined) continue;
      refused.push(toDeadLetter({ ...record, key: `${principal.tenant}/${record.key}` }, { topic, group, partition, reason: read.problem }));
    }
    reach('collector.before-publish');
    await publishInSlices(taken, (slice) => bus.publish(topics.raw.name, slice));
    await publishInSlices(refused, (slice) => bus.publish(deadLetterTopic(topic), slice));
    reach('collector.after-publish');
  }

  function readRecord({ value, arrivalMs }: BusRecord): ReturnType<LineReader> | { records: []; problem: string } {
    if (value.length > settings.MAX_BODY_BYTES) return { records: [], problem: `the record has ${value.length} bytes, more than ${settings.MAX_BODY_BYTES} (OPSLOOP_MAX_BODY_BYTES): send smaller batches` };
    // A sender whose clock is ahead must not move ours.
    return readLines({ principal, body: value, precision: 'ns', arrivalMs: Math.min(arrivalMs, clock.now()) });
  }

  return batchConsumer({ context, topic, group, handleBatch });
}
