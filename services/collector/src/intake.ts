/** Intake: lines of a request in, encoded batches out, one or more for each resource. The hot path. */
import type { Principal, Settings } from '@opsloop/contracts';
import { buildBatch, identifyResource, maxAttributes, refuseMetric, refuseTags, refuseText, refuseTime, SampleLog, TenantSeries, type Refusal, type SeriesLimits, type SeriesTable } from '@opsloop/domain';
import type { OutgoingRecord } from '@opsloop/ports';
import { encodeRawBatch, LineScan, LineScanner, type LineSink, type Precision } from '@opsloop/wire';
import { forgetAfterMs, maxBatchLineBytes, maxBatchSamples, maxLineKeyBytes, maxOpenBatches } from './intake-limits.js';
import { IntakeSource, LineOwner, type OpenBatch } from './intake-source.js';

/** One sender (a token): its number keeps its line keys apart from those of others. */
interface Sender {
  readonly number: number;
  readonly tenantName: string;
  readonly name: string;
  readonly tenant: TenantSeries;
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
  readonly #retentionMs: number;
  readonly #limits: SeriesLimits;
  readonly #scanner = new LineScanner<LineOwner>(maxLineKeyBytes);
  readonly #tenants = new Map<string, TenantSeries>();
  readonly #senders = new Map<string, Sender>();
  readonly #idleLogs: SampleLog[] = [];
  #nextSender = 1;
  /** The request whose slice is being scanned. */
  #request!: OpenRequest;
  #nowMs = 0;

  constructor(settings: Settings) {
    this.#retentionMs = settings.RETENTION_RAW;
    this.#limits = { perResource: settings.MAX_SERIES_PER_RESOURCE, perTenant: settings.MAX_SERIES_PER_TENANT, forgetAfterMs };
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
  close(request: OpenRequest): OutgoingRecord[] {
    this.#closeBatches(request);
    return request.records;
  }

  /** Forgets what was silent for an hour. `nowMs`: the clock of `read`. */
  forgetSilent(nowMs: number): void {
    const since = nowMs - forgetAfterMs;
    for (const tenant of this.#tenants.values()) tenant.forgetSilent(nowMs);
    for (const [name, sender] of this.#senders) {
      for (const [id, source] of sender.sources) {
        if (source.lastUsedMs >= since && !source.owner.table.retired) continue;
        sender.sources.delete(id);
        sender.tenant.removeSource();
      }
      if (sender.sources.size === 0 && sender.lastUsedMs < since) this.#senders.delete(name);
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
    const table = sender.tenant.tableOf(resource, this.#nowMs);
    if ('reason' in table) return table;
    const source = this.#sourceOf(sender, table);
    return new LineOwner(source, measurement, labels, source.attributesLike(attributes));
  }

  openField(owner: LineOwner, name: string): number | Refusal {
    const { tenant } = this.#request.sender;
    const { table } = owner.source.owner;
    const metric = `${owner.measurement}.${name}`;
    const refusal = refuseMetric(metric);
    if (refusal) return refusal;
    const labels = owner.labelsIndex ?? tenant.labelsOf(table, owner.labels, this.#nowMs);
    if (typeof labels !== 'number') return labels;
    owner.labelsIndex = labels;
    return tenant.seriesOf(table, metric, labels, this.#nowMs);
  }

  refuseTime(timeMs: number): Refusal | undefined {
    return refuseTime(timeMs, this.#request.arrivalMs, this.#retentionMs);
  }

  line(owner: LineOwner, timeMs: number, ids: Int32Array, values: Float64Array, count: number, sizeBytes: number): void {
    const { source } = owner;
    const batch = source.open?.request === this.#request ? source.open : this.#batchOf(source, owner);
    if (batch.attributes !== owner.attributes) addTexts(batch, Object.entries(owner.attributes));
    batch.log.append(timeMs, ids, values, count);
    // Each field's metric is named with the measurement.
    batch.lineBytes += sizeBytes + count * owner.measurement.length;
    if (batch.log.count < maxBatchSamples && batch.lineBytes < maxBatchLineBytes) return;
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
    if (!tenant) this.#tenants.set(tenantName, (tenant = new TenantSeries(this.#limits)));
    const sender: Sender = { number: this.#nextSender++, tenantName, name, tenant, sources: new Map(), lastUsedMs: this.#nowMs };
    this.#senders.set(key, sender);
    return sender;
  }

  #sourceOf(sender: Sender, table: SeriesTable): IntakeSource {
    const known = sender.sources.get(table.resource.id);
    if (known?.owner.table === table) return known;
    if (!known) sender.tenant.addSource();
    const source = new IntakeSource(table, sender.name, this.#nowMs);
    sender.sources.set(table.resource.id, source);
    return source;
  }

  #batchOf(source: IntakeSource, owner: LineOwner): OpenBatch {
    let batch = this.#request.batches.get(source);
    if (!batch) {
      if (this.#request.batches.size >= maxOpenBatches) this.#closeBatches(this.#request);
      const log = this.#idleLogs.pop() ?? new SampleLog();
      batch = { request: this.#request, log, attributes: owner.attributes, texts: undefined, lineBytes: 0 };
      this.#request.batches.set(source, batch);
      source.lastUsedMs = source.owner.table.lastUsedMs = this.#nowMs;
    }
    source.open = batch;
    return batch;
  }

  #closeBatches(request: OpenRequest): void {
    for (const [source, batch] of request.batches) this.#closeBatch(request, source, batch);
    request.batches.clear();
  }

  #closeBatch(request: OpenRequest, source: IntakeSource, { log, attributes, texts }: OpenBatch): void {
    source.open = undefined;
    const all = texts ? source.attributesLike({ ...attributes, ...Object.fromEntries(texts) }) : attributes;
    const value = encodeRawBatch(buildBatch(source.owner, all, log));
    request.records.push({ key: source.key, value, partition: source.partition, arrivalMs: request.arrivalMs });
    log.clear();
    if (this.#idleLogs.length < maxIdleLogs && log.ids.length <= maxIdleLogSamples) this.#idleLogs.push(log);
  }
}

function addTexts(batch: OpenBatch, entries: readonly (readonly [string, string])[]): void {
  batch.texts ??= new Map();
  for (const [name, value] of entries) batch.texts.set(name, value);
}
