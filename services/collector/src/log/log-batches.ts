import { createHash } from 'node:crypto';
import { topics, type LogBatch, type LogRecord, type Principal } from '@opsloop/contracts';
import { identifyResource, type Refusal } from '@opsloop/domain';
import { partitionOf, type OutgoingRecord } from '@opsloop/ports';
import { encodeEvent } from '@opsloop/runtime';
import { maxBatchLength, maxBatchRecords, maxRequestResources, maxResources } from './log-limits.js';
import type { ReadRecord } from './read-log-record.js';

interface OpenLogBatch {
  readonly resource: LogBatch['resource'];
  readonly attributes: LogBatch['attributes'];
  readonly records: LogRecord[];
  /** With the time of their arrival, which is another when they come again. */
  readonly untimed: Set<LogRecord>;
  length: number;
  isFinelyTimed: boolean;
}

/** What a record costs beside its text, and a batch beside its records. */
const recordBytes = 256;
const batchBytes = 768;

/**
 * Collects the records of one request by resource, and makes messages of them. When a batch is closed depends on the
 * body alone: sent again it makes the same batches, which count once, as long as one record of each has a time finer than
 * a second. Without such a time the same line of another request is another line: counted twice is better than lost.
 */
export class LogBatches {
  readonly #principal: Principal;
  readonly #arrivalMs: number;
  readonly #requestId: string;
  readonly #named = new Set<string>();
  readonly #open = new Map<string, OpenLogBatch>();
  #closed: OutgoingRecord[] = [];
  #bytes = 0;
  #batches = 0;

  constructor(principal: Principal, arrivalMs: number, requestId: string) {
    this.#principal = principal;
    this.#arrivalMs = arrivalMs;
    this.#requestId = requestId;
  }

  /** About what everything takes that was added since `close` was called last. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Undefined when the record was taken. */
  add({ record, tags, isTimed, isFinelyTimed }: ReadRecord): Refusal | undefined {
    const { resource, attributes, labels } = identifyResource(this.#principal.tenant, this.#principal.name, tags);
    let batch = this.#open.get(resource.id);
    if (!batch) {
      if (this.#named.size >= maxRequestResources && !this.#named.has(resource.id)) return { reason: 'resources', message: `the body names more than ${maxRequestResources} resources: send smaller batches` };
      this.#named.add(resource.id);
      if (this.#open.size >= maxResources) this.#closeAll();
      batch = { resource, attributes, records: [], untimed: new Set(), length: 0, isFinelyTimed: false };
      this.#open.set(resource.id, batch);
      this.#bytes += batchBytes;
    }
    const length = record.text.length + Object.entries(labels).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
    const added = Object.keys(labels).length > 0 ? { ...record, fields: labels } : record;
    batch.records.push(added);
    if (!isTimed) batch.untimed.add(added);
    batch.length += length;
    batch.isFinelyTimed ||= isFinelyTimed;
    this.#bytes += recordBytes + length;
    if (batch.records.length >= maxBatchRecords || batch.length >= maxBatchLength) this.#close(batch);
    return undefined;
  }

  /** Everything that was added since it was called last, ready to be published. */
  close(): OutgoingRecord[] {
    this.#closeAll();
    const closed = this.#closed;
    this.#closed = [];
    this.#bytes = 0;
    return closed;
  }

  #closeAll(): void {
    for (const batch of this.#open.values()) this.#close(batch);
  }

  #close({ resource, attributes, records, untimed, isFinelyTimed }: OpenLogBatch): void {
    this.#open.delete(resource.id);
    const source = this.#principal.name;
    // Of the same lines in one request each batch counts.
    const place = isFinelyTimed ? [this.#batches] : [this.#batches, this.#requestId];
    this.#batches++;
    const content = records.map((record) => (untimed.has(record) ? { ...record, timeMs: 0 } : record));
    const contentHash = createHash('sha1').update(JSON.stringify([resource.id, source, ...place, content])).digest('hex').slice(0, 16);
    const batch: LogBatch = { resource, attributes, source, contentHash, records };
    const key = `${resource.tenant}/${resource.id}`;
    this.#closed.push({ key, value: encodeEvent(batch), partition: partitionOf(key, topics.logs.partitions), arrivalMs: this.#arrivalMs });
  }
}
