import type { Labels, Resource } from '@opsloop/contracts';
import type { Refusal } from './refusal.js';
import { SeriesTable } from './series-table.js';

export interface SeriesLimits {
  readonly perResource: number;
  readonly perTenant: number;
  /** What is silent this long is forgotten, and no longer counts. */
  readonly forgetAfterMs: number;
}

/** Memory for names: for each series that a tenant may have, and the least for all of them. */
const bytesPerSeries = 256;
const leastBytes = 16 * 2 ** 20;
/** What a resource takes for each of its senders besides its series, roughly. */
const sourceSizeBytes = 4_096;

/** The resources and series of one tenant as one process has seen them, within limits. Times are of one monotonic clock, ms. */
export class TenantSeries {
  readonly #limits: SeriesLimits;
  readonly #tables = new Map<string, SeriesTable>();
  #series = 0;
  /** What is kept takes this much memory, roughly. */
  #sizeBytes = 0;

  constructor(limits: SeriesLimits) {
    this.#limits = limits;
  }

  get series(): number {
    return this.#series;
  }

  tableOf(resource: Resource, nowMs: number): SeriesTable | Refusal {
    const known = this.#tables.get(resource.id);
    if (known) return known;
    if (this.#isFull() || this.#tables.size >= this.#limits.perTenant) return this.#refuse();
    const table = new SeriesTable(resource, nowMs);
    this.#tables.set(resource.id, table);
    this.#sizeBytes += table.sizeBytes;
    return table;
  }

  /** The index of a label set in the table; a new one is refused where no series could follow. */
  labelsOf(table: SeriesTable, labels: Labels, nowMs: number): number | Refusal {
    const known = table.findLabels(labels);
    if (known !== undefined) return known;
    return this.#refuseMore(table, nowMs) ?? this.#counted(table, () => table.addLabels(labels));
  }

  /** The id of a series in the table. */
  seriesOf(table: SeriesTable, metric: string, labels: number, nowMs: number): number | Refusal {
    const known = table.find(metric, labels);
    if (known !== undefined) return known;
    const refusal = this.#refuseMore(table, nowMs);
    if (refusal) return refusal;
    this.#series++;
    return this.#counted(table, () => table.add(metric, labels));
  }

  addSource(): void {
    this.#sizeBytes += sourceSizeBytes;
  }

  removeSource(): void {
    this.#sizeBytes -= sourceSizeBytes;
  }

  forgetSilent(nowMs: number): void {
    for (const table of this.#tables.values()) if (nowMs - table.lastUsedMs > this.#limits.forgetAfterMs) this.#retire(table);
  }

  #counted<T>(table: SeriesTable, add: () => T): T {
    const before = table.sizeBytes;
    const added = add();
    this.#sizeBytes += table.sizeBytes - before;
    return added;
  }

  #refuseMore(table: SeriesTable, nowMs: number): Refusal | undefined {
    const { perResource, forgetAfterMs } = this.#limits;
    if (table.size < perResource) return this.#isFull() ? this.#refuse() : undefined;
    // Names that come and go (process ids) fill a table in time: it starts anew, and what is in use comes back.
    if (nowMs - table.startedMs > forgetAfterMs) this.#retire(table);
    return { reason: 'series', message: `the resource ${table.resource.uid.slice(0, 100)} has ${perResource} series already, and no more are taken (OPSLOOP_MAX_SERIES_PER_RESOURCE): drop tags that change, or raise the setting` };
  }

  #isFull(): boolean {
    const { perTenant } = this.#limits;
    return this.#series >= perTenant || this.#sizeBytes >= Math.max(leastBytes, perTenant * bytesPerSeries);
  }

  #refuse(): Refusal {
    return { reason: 'series', message: `the tenant has as many series as ${this.#limits.perTenant} may take, and no more are taken (OPSLOOP_MAX_SERIES_PER_TENANT): drop tags that change, or raise the setting` };
  }

  #retire(table: SeriesTable): void {
    if (table.retired) return;
    table.retired = true;
    this.#series -= table.size;
    this.#sizeBytes -= table.sizeBytes;
    this.#tables.delete(table.resource.id);
  }
}
