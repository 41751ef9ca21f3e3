import { topics, type Attributes, type Labels } from '@opsloop/contracts';
import { createBatchOwner, type BatchOwner, type SampleLog, type SeriesTable } from '@opsloop/domain';
import { partitionOf } from '@opsloop/ports';
import { maxAttributeSets, maxKeptAttributeLength } from './intake-limits.js';

/** A resource as seen by one sender: what its next batch is collected in, and what stays the same between batches. */
export class IntakeSource {
  /** Its table and sender. */
  readonly owner: BatchOwner;
  /** Of its records. */
  readonly key: string;
  readonly partition: number;
  lastUsedMs: number;
  /** Of the request that named it last. */
  open: OpenBatch | undefined;
  #attributeSets: Attributes[] = [];

  constructor(table: SeriesTable, source: string, nowMs: number) {
    this.owner = createBatchOwner(table, source);
    this.key = `${table.resource.tenant}/${table.resource.id}`;
    this.partition = partitionOf(this.key, topics.raw.partitions);
    this.lastUsedMs = nowMs;
  }

  /** The same object for the same attributes, as long as they are among the last few. */
  attributesLike(attributes: Attributes): Attributes {
    const known = this.#attributeSets.find((one) => isSame(one, attributes));
    if (known) return known;
    if (lengthOf(attributes) > maxKeptAttributeLength) return attributes;
    this.#attributeSets = [attributes, ...this.#attributeSets.slice(0, maxAttributeSets - 1)];
    return attributes;
  }
}

/** A batch that is being collected. */
export interface OpenBatch {
  readonly request: object;
  readonly log: SampleLog;
  /** The identity tags of its first line; `texts` holds what differs in others and what string fields said. */
  readonly attributes: Attributes;
  texts: Map<string, string> | undefined;
  /** Of its lines: the names of its series take no more in the message. */
  lineBytes: number;
}

/** What measurement and tags of a line lead to. */
export class LineOwner {
  readonly source: IntakeSource;
  readonly measurement: string;
  readonly labels: Labels;
  /** Where the resource's table keeps the label set; undefined until a number is sent. */
  labelsIndex: number | undefined;
  readonly attributes: Attributes;

  constructor(source: IntakeSource, measurement: string, labels: Labels, attributes: Attributes) {
    this.source = source;
    this.measurement = measurement;
    this.labels = labels;
    this.attributes = attributes;
  }

  get stale(): boolean {
    return this.source.owner.table.retired;
  }
}

function lengthOf(attributes: Attributes): number {
  return Object.entries(attributes).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
}

function isSame(a: Attributes, b: Attributes): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
