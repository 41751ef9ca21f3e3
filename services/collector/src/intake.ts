/** Intake: lines of a request in, encoded batches out, one or more for each resource. The hot path. */
import type { Principal, Settings } from '@opsloop/contracts';
import { buildBatch, identifyResource, labelsSizeBytes, maxAttributes, refuseMetric, refuseTags, refuseText, refuseTime, SampleLog, SeriesTable, type Refusal } from '@opsloop/domain';
import type { OutgoingRecord } from '@opsloop/ports';
import { encodeRawBatch, LineScan, LineScanner, type LineSink, type Precision } from '@opsloop/wire';
import { forgetAfterMs, maxBatchNameBytes, maxBatchSamples, maxLineKeys } from './intake-limits.js';
import { IntakeSource, LineOwner, type OpenBatch } from './intake-source.js';

/** One tenant as this collector has seen it. */
interface Tenant {
  readonly tables: Map<string, SeriesTable>;
  series: number;
}

/** One sender (a token): its number keeps its line keys apart from those of others. */
interface Sender {
  readonly number: number;
  readonly tenantName: string;
  readonly name: string;
  readonly tenant: Tenant;
  /** By resource id. */
  readonly sources: Map<string, IntakeSource>;
  lastUsedMs: number;
}

export interface IntakeRequest {
  readonly principal: Principal;
  /** Must have room for one byte behind `end`. */
  readonly bytes: Buffer;
  readonly end: number;
  readonly precision: Precision;
  readonly arrivalMs: number;
}

/** A request on its way: `read` it in slices until `scan.done`, then `close` it. */
export interface OpenRequest {
  readonly sender: Sender;
  readonly scan: LineScan<LineOwner>;
  readonly arrivalMs: number;
  readonly batches: Map<IntakeSource, OpenBatch>;
  readonly records: OutgoingRecord[];
}

/** Sample logs that wait to be used again, and the size above which one is dropped instead. */
const maxIdleLogs = 32;
const maxIdleLogSamples = 2 * maxBatchSamples;

export class Intake implements LineSink<LineOwner> {
  readonly #settings: Settings;
  readonly #scanner = new LineScanner<LineOwner>(maxLineKeys);
  readonly #tenants = new Map<string, Tenant>();
  readonly #senders = new Map<string, Sender>();
  readonly #idleLogs: SampleLog[] = [];
  #nextSender = 1;
  #nextBatch = 0;
  /** The request whose slice is being scanned. */
  #request!: OpenRequest;
  #nowMs = 0;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  begin({ principal, bytes, end, precision, arrivalMs }: IntakeRequest): OpenRequest {
    bytes[end] = 10;
    const sender = this.#senderOf(principal);
    return { sender, scan: new LineScan(bytes, end, sender.number, precision, arrivalMs), arrivalMs, batches: new Map(), records: [] };
  }

  /** Scans one slice. `nowMs`: a monotonic clock. */
  read(request: OpenRequest, sliceBytes: number, nowMs: number): void {
    this.#request = request;
    this.#nowMs = nowMs;
    request.sender.lastUsedMs = nowMs;
    this.#scanner.scan(request.scan, this, sliceBytes);
  }

  /** The records of a request that was read to its end, ready to be published. */
  close(request: OpenRequest): readonly OutgoingRecord[] {
    for (const [source, batch] of request.batches) this.#closeBatch(request, source, batch);
    request.batches.clear();
    return request.records;
  }

  /** Forgets what was silent for an hour. `nowMs`: the clock of `read`. */
  forgetSilent(nowMs: number): void {
    const since = nowMs - forgetAfterMs;
    for (const [name, sender] of this.#senders) {
      for (const [id, source] of sender.sources) {
        if (source.lastUsedMs < since || source.owner.table.retired) sender.sources.delete(id);
      }
      if (sender.sources.size === 0 && sender.lastUsedMs < since) this.#senders.delete(name);
    }
    for (const tenant of this.#tenants.values()) {
      for (const table of tenant.tables.values()) {
        if (table.lastUsedMs < since) this.#retire(tenant, table);
      }
    }
  }

  /** Series that count towards the limits, of all tenants. */
  get series(): number {
    let sum = 0;
    for (const tenant of this.#tenants.values()) sum += tenant.series;
    return sum;
  }

  openKey(measurement: string, tags: ReadonlyMap<string, string>): LineOwner | Refusal {
    const refusal = refuseTags(tags) ?? refuseMetric(measurement);
    if (refusal) return refusal;
    const { sender } = this.#request;
    const { resource, attributes, labels } = identifyResource(sender.tenantName, sender.name, tags);
    const { tables, series } = sender.tenant;
    let table = tables.get(resource.id);
    if (!table) {
      if (tables.size + series >= this.#settings.MAX_SERIES_PER_TENANT) return this.#tenantIsFull();
      tables.set(resource.id, (table = new SeriesTable(resource, this.#nowMs)));
    }
    let source = sender.sources.get(resource.id);
    if (!source || source.owner.table !== table) sender.sources.set(resource.id, (source = new IntakeSource(table, sender.name, this.#nowMs)));
    return new LineOwner(source, measurement, labels, source.attributesLike(attributes), labelsSizeBytes(labels));
  }

  openField(owner: LineOwner, name: string): number | Refusal {
    const { table } = owner.source.owner;
    const metric = `${owner.measurement}.${name}`;
    const labels = (owner.labelsIndex ??= table.indexOfLabels(owner.labels));
    const known = table.find(metric, labels);
    if (known === undefined) {
      const refusal = refuseMetric(metric) ?? this.#refuseSeries(table);
      if (refusal) return refusal;
      this.#request.sender.tenant.series++;
    }
    owner.nameBytes += metric.length;
    return known ?? table.add(metric, labels);
  }

  refuseTime(timeMs: number): Refusal | undefined {
    return refuseTime(timeMs, this.#request.arrivalMs, this.#settings.RETENTION_RAW);
  }

  line(owner: LineOwner, timeMs: number, ids: Int32Array, values: Float64Array, count: number): void {
    const { source } = owner;
    const batch = source.open?.request === this.#request ? source.open : this.#batchOf(source, owner);
    if (batch.attributes !== owner.attributes) addTexts(batch, Object.entries(owner.attributes));
    batch.log.append(timeMs, ids, values, count);
    if (owner.countedIn !== batch.number) {
      owner.countedIn = batch.number;
      batch.nameBytes += owner.nameBytes;
    }
    if (batch.log.count < maxBatchSamples && batch.nameBytes < maxBatchNameBytes) return;
    this.#closeBatch(this.#request, source, batch);
    this.#request.batches.delete(source);
  }

  text(owner: LineOwner, name: string, value: string): Refusal | undefined {
    const attribute = `${owner.measurement}.${name}`;
    const refusal = refuseMetric(attribute) ?? refuseText(attribute, value);
    if (refusal) return refusal;
    const { source } = owner;
    const batch = source.open?.request === this.#request ? source.open : this.#batchOf(source, owner);
    const size = Object.keys(batch.attributes).length + (batch.texts?.size ?? 0);
    if (size >= maxAttributes && !batch.texts?.has(attribute)) return { reason: 'text', message: `string "${attribute}": this request has more than ${maxAttributes} attributes of one resource` };
    addTexts(batch, [[attribute, value]]);
    return undefined;
  }

  #senderOf({ tenant: tenantName, name }: Principal): Sender {
    const key = `${tenantName}\n${name}`;
    const known = this.#senders.get(key);
    if (known) return known;
    let tenant = this.#tenants.get(tenantName);
    if (!tenant) this.#tenants.set(tenantName, (tenant = { tables: new Map(), series: 0 }));
    const sender: Sender = { number: this.#nextSender++, tenantName, name, tenant, sources: new Map(), lastUsedMs: this.#nowMs };
    this.#senders.set(key, sender);
    return sender;
  }

  #batchOf(source: IntakeSource, owner: LineOwner): OpenBatch {
    let batch = this.#request.batches.get(source);
    if (!batch) {
      const log = this.#idleLogs.pop() ?? new SampleLog();
      batch = { request: this.#request, log, attributes: owner.attributes, texts: undefined, nameBytes: 0, number: this.#nextBatch++ };
      this.#request.batches.set(source, batch);
      source.lastUsedMs = source.owner.table.lastUsedMs = this.#nowMs;
    }
    source.open = batch;
    return batch;
  }

  #closeBatch(request: OpenRequest, source: IntakeSource, { log, attributes, texts }: OpenBatch): void {
    source.open = undefined;
    const all = texts ? source.attributesLike({ ...attributes, ...Object.fromEntries(texts) }) : attributes;
    const value = encodeRawBatch(buildBatch(source.owner, all, log));
    request.records.push({ key: source.key, value, partition: source.partition, arrivalMs: request.arrivalMs });
    log.clear();
    if (this.#idleLogs.length < maxIdleLogs && log.ids.length <= maxIdleLogSamples) this.#idleLogs.push(log);
  }

  #refuseSeries(table: SeriesTable): Refusal | undefined {
    const perResource = this.#settings.MAX_SERIES_PER_RESOURCE;
    const { tenant } = this.#request.sender;
    if (table.size >= perResource) {
      // Names that come and go (process ids) fill a table in time: it starts anew, and what is in use comes back.
      if (this.#nowMs - table.startedMs > forgetAfterMs) this.#retire(tenant, table);
      return { reason: 'series', message: `the resource ${table.resource.uid} has ${perResource} series already, and no more are taken (OPSLOOP_MAX_SERIES_PER_RESOURCE): drop tags that change, or raise the setting` };
    }
    return tenant.series < this.#settings.MAX_SERIES_PER_TENANT ? undefined : this.#tenantIsFull();
  }

  #tenantIsFull(): Refusal {
    const perTenant = this.#settings.MAX_SERIES_PER_TENANT;
    return { reason: 'series', message: `the tenant has ${perTenant} series already, and no more are taken (OPSLOOP_MAX_SERIES_PER_TENANT): drop tags that change, or raise the setting` };
  }

  #retire(tenant: Tenant, table: SeriesTable): void {
    table.retired = true;
    tenant.series -= table.size;
    tenant.tables.delete(table.resource.id);
  }
}

function addTexts(batch: OpenBatch, entries: readonly (readonly [string, string])[]): void {
  batch.texts ??= new Map();
  for (const [name, value] of entries) batch.texts.set(name, value);
}
