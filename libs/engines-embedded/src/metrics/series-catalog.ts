import type { Labels, Resource, SeriesDictionary } from '@opsloop/contracts';
import type { MetricStoreOpened, SeriesDefinitions, StoredIds } from './metric-messages.js';
import { SharedTexts } from './shared-texts.js';

export interface KnownResource {
  readonly id: number;
  readonly resource: Resource;
  /** Series by `metric number * 2^26 + labels number`. */
  readonly series: Map<number, number>;
}

interface LabelSet {
  readonly number: number;
  /** Canonical JSON. */
  readonly text: string;
  readonly labels: Labels;
}

export interface KnownSeries {
  readonly resource: KnownResource;
  readonly metric: string;
  readonly labelSet: LabelSet;
}

export interface Selection {
  readonly tenant: string;
  readonly metric?: string;
  readonly resources?: readonly string[];
  readonly labels?: Labels;
}

const labelSetsAtMost = 2 ** 26;

/**
 * The series of all tenants and their interned ids. Ids rise and are never used twice; the next message to the worker
 * carries the definitions that are not stored yet.
 */
export class SeriesCatalog {
  readonly #resources = new Map<string, KnownResource>();
  readonly #resourcesById: (KnownResource | undefined)[] = [];
  readonly #seriesById: (KnownSeries | undefined)[] = [];
  /** tenant -> metric -> ids, ascending. */
  readonly #byMetric = new Map<string, Map<string, number[]>>();
  /** Of the metrics and label sets that series have: the numbers by which resources know their series. */
  readonly #metricNumbers = new SharedTexts((_, number) => number);
  readonly #labelSets = new SharedTexts((text, number): LabelSet => ({ number, text, labels: JSON.parse(text) as Labels }));
  #lastStartsMs = new Float64Array(1024).fill(-Infinity);
  #knownByObject = new WeakMap<Resource, KnownResource>();
  #idsByDictionary = new WeakMap<SeriesDictionary, Map<KnownResource, Int32Array>>();
  readonly #withTwins = new WeakSet<Int32Array>();
  #unsentSeries = 0;
  #unsentResource = 0;

  /** What is stored, at the first start. */
  load({ definitions, lastStartMs }: MetricStoreOpened): void {
    for (const { id, resource } of definitions.resources) this.#addResource(id, resource);
    definitions.ids.forEach((id, index) => {
      const resource = this.#resourcesById[definitions.resourceOf[index]!]!;
      this.#addSeries(id, resource, definitions.metrics[index]!, this.#labelSetOf(JSON.parse(definitions.labels[index]!) as Labels));
      this.#lastStartsMs[id] = lastStartMs[index]!;
    });
    this.#unsentSeries = this.#seriesById.length;
    this.#unsentResource = this.#resourcesById.length;
  }

  resourceOf(resource: Resource): KnownResource {
    let known = this.#knownByObject.get(resource);
    if (known) return known;
    known = this.#resources.get(keyOf(resource)) ?? this.#addResource(this.#resourcesById.length, resource);
    this.#knownByObject.set(resource, known);
    return known;
  }

  /** Ids of a dictionary's slots. The same array for the same dictionary object: no string is touched then. */
  idsOf(resource: KnownResource, dictionary: SeriesDictionary): Int32Array {
    const perResource = getOrSet(this.#idsByDictionary, dictionary, () => new Map<KnownResource, Int32Array>());
    return getOrSet(perResource, resource, () => this.#intern(resource, dictionary));
  }

  /** Two slots of that dictionary name the same series, as of two senders that are far apart in time: a batch may have a series twice. */
  hasTwins(ids: Int32Array): boolean {
    return this.#withTwins.has(ids);
  }

  /** Undefined for a series that was forgotten. */
  get(id: number): KnownSeries | undefined {
    return this.#seriesById[id];
  }

  /** Highest ids of which some message carried the definitions. */
  get sent(): StoredIds {
    return { series: this.#unsentSeries - 1, resource: this.#unsentResource - 1 };
  }

  /** By id: start of the newest window that was handed over, -Infinity before the first. Another array after `idsOf` made it grow. */
  get lastStartsMs(): Float64Array {
    return this.#lastStartsMs;
  }

  /** Ids that match, ascending. A label '' matches series without it. */
  select({ tenant, metric, resources, labels = {} }: Selection): Int32Array {
    const metrics = this.#byMetric.get(tenant);
    if (!metrics) return new Int32Array();
    const candidates = metric === undefined ? [...metrics.values()].flat() : (metrics.get(metric) ?? []);
    const among = resources && new Set(resources);
    const conditions = Object.entries(labels);
    const ids = candidates.filter((id) => {
      const { resource, labelSet } = this.get(id)!;
      return (!among || among.has(resource.resource.id)) && conditions.every(([label, value]) => (labelSet.labels[label] ?? '') === value);
    });
    return Int32Array.from(ids).sort();
  }

  /** Definitions that no message carried yet; they count as carried from now on. */
  takeUnsent(): SeriesDefinitions {
    const ids: number[] = [];
    for (let id = this.#unsentSeries; id < this.#seriesById.length; id++) if (this.#seriesById[id]) ids.push(id);
    const resources = this.#resourcesById.slice(this.#unsentResource).flatMap((one) => (one ? [{ id: one.id, resource: one.resource }] : []));
    this.#unsentSeries = this.#seriesById.length;
    this.#unsentResource = this.#resourcesById.length;
    const series = ids.map((id) => this.get(id)!);
    return {
      resources,
      ids: Int32Array.from(ids),
      resourceOf: Int32Array.from(series, (one) => one.resource.id),
      metrics: series.map((one) => one.metric),
      labels: series.map((one) => one.labelSet.text),
    };
  }

  /** After a failure: everything above what is stored goes with the next message again. */
  sendAgainFrom(stored: StoredIds): void {
    this.#unsentSeries = Math.min(this.#unsentSeries, stored.series + 1);
    this.#unsentResource = Math.min(this.#unsentResource, stored.resource + 1);
  }

  /**
   * Forgets series whose newest window starts before `beforeMs`, so many at the most, and resources that have none left.
   * To be called until there are none: the thread has other things to do in between.
   */
  forgetBefore(beforeMs: number, atMost = Infinity): { readonly series: Int32Array; readonly resources: Int32Array } {
    const series: number[] = [];
    const isOld = this.#oldSeries(beforeMs);
    for (const metrics of this.#byMetric.values()) {
      for (const [metric, ids] of metrics) {
        const forgotten = series.length;
        // Once over each list: one that names all containers of a cluster is long.
        const left: number[] = [];
        for (const id of ids) (series.length < atMost && isOld(id) ? series : left).push(id);
        if (series.length === forgotten) continue;
        if (left.length > 0) metrics.set(metric, left);
        else metrics.delete(metric);
      }
    }
    for (const id of series) this.#forget(id);
    const resources = this.#resourcesById.slice(0, -1).flatMap((one) => (one && one.series.size === 0 ? [one] : []));
    for (const { id, resource } of resources) {
      this.#resources.delete(keyOf(resource));
      this.#resourcesById[id] = undefined;
    }
    if (series.length > 0) {
      this.#knownByObject = new WeakMap();
      this.#idsByDictionary = new WeakMap();
    }
    return { series: Int32Array.from(series), resources: Int32Array.from(resources, (one) => one.id) };
  }

  /**
   * Tells whether to forget a series. One that never had a window goes when its resource has no newer ones either: on a
   * resource that sends, its dictionary would bring it back at once.
   */
  #oldSeries(beforeMs: number): (id: number) => boolean {
    const isSilent = new Map<KnownResource, boolean>();
    const highest = this.#seriesById.length - 1;
    return (id) => {
      // The highest id stays: a restart counts on from it.
      if (id === highest || this.#lastStartsMs[id]! >= beforeMs) return false;
      if (this.#lastStartsMs[id] !== -Infinity) return true;
      const { resource } = this.#seriesById[id]!;
      return getOrSet(isSilent, resource, () => [...resource.series.values()].every((one) => this.#lastStartsMs[one]! < beforeMs));
    };
  }

  #addResource(id: number, resource: Resource): KnownResource {
    const known: KnownResource = { id, resource, series: new Map() };
    this.#resources.set(keyOf(resource), known);
    this.#resourcesById[id] = known;
    return known;
  }

  #addSeries(id: number, resource: KnownResource, metric: string, labelSet: LabelSet): number {
    resource.series.set(this.#numberOf(metric) + labelSet.number, id);
    this.#seriesById[id] = { resource, metric, labelSet };
    this.#metricNumbers.addUser(metric);
    this.#labelSets.addUser(labelSet.text);
    const metrics = getOrSet(this.#byMetric, resource.resource.tenant, () => new Map<string, number[]>());
    getOrSet(metrics, metric, () => []).push(id);
    if (id >= this.#lastStartsMs.length) {
      const grown = new Float64Array(Math.max(id + 1, this.#lastStartsMs.length * 2)).fill(-Infinity);
      grown.set(this.#lastStartsMs);
      this.#lastStartsMs = grown;
    }
    return id;
  }

  #intern(resource: KnownResource, dictionary: SeriesDictionary): Int32Array {
    const labelSets = dictionary.labelSets.map((labels) => this.#labelSetOf(labels));
    const ids = Int32Array.from({ length: dictionary.size }, (_, slot) => {
      const metric = dictionary.metrics[dictionary.metricOf[slot]!]!;
      const labelSet = labelSets[dictionary.labelsOf[slot]!]!;
      return resource.series.get(this.#numberOf(metric) + labelSet.number) ?? this.#addSeries(this.#seriesById.length, resource, metric, labelSet);
    });
    if (new Set(ids).size < ids.length) this.#withTwins.add(ids);
    return ids;
  }

  /** All but its place in the list of its metric. */
  #forget(id: number): void {
    const { resource, metric, labelSet } = this.#seriesById[id]!;
    this.#seriesById[id] = undefined;
    resource.series.delete(this.#numberOf(metric) + labelSet.number);
    this.#metricNumbers.removeUser(metric);
    this.#labelSets.removeUser(labelSet.text);
  }

  #labelSetOf(labels: Labels): LabelSet {
    return this.#labelSets.get(JSON.stringify(Object.fromEntries(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)))));
  }

  #numberOf(metric: string): number {
    return this.#metricNumbers.get(metric) * labelSetsAtMost;
  }
}

function keyOf(resource: Resource): string {
  return `${resource.tenant}\n${resource.id}`;
}

function getOrSet<K, V>(map: { get(key: K): V | undefined; set(key: K, value: V): unknown }, key: K, create: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = create()));
  return value;
}
