import type { Labels, Resource, SeriesDictionary } from '@opsloop/contracts';
import { hashText } from './hash-text.js';

/** Dictionaries of one resource that are kept side by side: senders alternate between a few sets of series. */
const maxDictionaries = 8;
const metricFactor = 2 ** 24;

/** A dictionary, and which series of the table stands in which of its slots. */
export interface SlotMap {
  readonly number: number;
  readonly dictionary: SeriesDictionary;
  readonly ids: Int32Array;
  /** Hash of the series in each slot. */
  readonly lows: Int32Array;
  readonly highs: Int32Array;
}

/** `labels`: as JSON. */
export function hashSeries(metric: string, labels: string): ReturnType<typeof hashText> {
  return hashText(`${metric}\n${labels}`);
}

/**
 * The series of one resource as one process has seen them, numbered 0, 1, 2... in the order of first sight, and the
 * dictionaries that batches of them use. The same set of series always gets the same dictionary object, whatever
 * the order in which its samples come, so that readers recognise its bytes.
 */
export class SeriesTable {
  readonly resource: Resource;
  readonly startedMs: number;
  lastUsedMs: number;
  /** No longer to be used: whoever holds one of its ids asks for the resource's new table. */
  retired = false;
  /** What it takes in memory, roughly. */
  sizeBytes = 2_500;
  readonly #metrics: string[] = [];
  readonly #metricIndex = new Map<string, number>();
  readonly #labelSets: Labels[] = [];
  readonly #labelTexts: string[] = [];
  readonly #labelIndex = new Map<string, number>();
  readonly #ids = new Map<number, number>();
  readonly #metricOf: number[] = [];
  readonly #labelsOf: number[] = [];
  #lows = new Int32Array(16);
  #highs = new Int32Array(16);
  /** By id: the number of the dictionary that used it last, and its slot there. */
  #dictionaryOf = new Int32Array(16).fill(-1);
  #slotOf = new Int32Array(16);
  #slotMaps: SlotMap[] = [];
  #nextNumber = 0;

  constructor(resource: Resource, startedMs: number) {
    this.resource = resource;
    this.startedMs = startedMs;
    this.lastUsedMs = startedMs;
  }

  get size(): number {
    return this.#metricOf.length;
  }

  findLabels(labels: Labels): number | undefined {
    return this.#labelIndex.get(JSON.stringify(labels));
  }

  /** The index of a label set that `findLabels` does not know. Keys must be sorted. */
  addLabels(labels: Labels): number {
    const text = JSON.stringify(labels);
    this.#labelIndex.set(text, this.#labelSets.length);
    this.#labelTexts.push(text);
    this.sizeBytes += 200 + 3 * text.length;
    return this.#labelSets.push(labels) - 1;
  }

  find(metric: string, labels: number): number | undefined {
    const index = this.#metricIndex.get(metric);
    return index === undefined ? undefined : this.#ids.get(labels * metricFactor + index);
  }

  /** Numbers a series that `find` does not know. */
  add(metric: string, labels: number): number {
    let index = this.#metricIndex.get(metric);
    if (index === undefined) {
      index = this.#metrics.push(metric) - 1;
      this.#metricIndex.set(metric, index);
      this.sizeBytes += 100 + metric.length;
    }
    const id = this.size;
    this.sizeBytes += 150;
    if (id === this.#lows.length) this.#grow();
    this.#ids.set(labels * metricFactor + index, id);
    this.#metricOf.push(index);
    this.#labelsOf.push(labels);
    const { low, high } = hashSeries(metric, this.#labelTexts[labels]!);
    this.#lows[id] = low;
    this.#highs[id] = high;
    return id;
  }

  /** The dictionary whose slots hold exactly these series in this order, if that is the one they were in last. */
  inOrder(ids: Int32Array, count: number): SlotMap | undefined {
    const map = this.#lastMapOf(ids[0]!);
    if (!map || map.ids.length !== count) return undefined;
    const expected = map.ids;
    for (let i = 0; i < count; i++) {
      if (ids[i] !== expected[i]) return undefined;
    }
    return map;
  }

  /**
   * A dictionary that holds these series (each named once): that of the same set, else the one they were in last when
   * they fill at least half of it, else a new one. From then on `slotOf` answers for it.
   */
  slotMapFor(ids: Int32Array, count: number): SlotMap {
    const last = this.#lastMapOf(ids[0]!);
    const fits = last && count <= last.ids.length && count * 2 >= last.ids.length && this.#isBound(last, ids, count);
    if (fits && last.ids.length === count) return last;
    for (const map of this.#slotMaps) {
      if (map.ids.length !== count || !this.#hasSameHash(map, ids, count)) continue;
      this.#bind(map);
      if (this.#isBound(map, ids, count)) return map;
    }
    if (fits && this.#isBound(last, ids, count)) return last;
    const map = this.#createMap(ids.slice(0, count));
    this.#slotMaps = [map, ...this.#slotMaps.slice(0, maxDictionaries - 1)];
    this.#bind(map);
    return map;
  }

  slotOf(id: number): number {
    return this.#slotOf[id]!;
  }

  #lastMapOf(id: number): SlotMap | undefined {
    const number = this.#dictionaryOf[id]!;
    const first = this.#slotMaps[0];
    return first?.number === number ? first : this.#slotMaps.find((map) => map.number === number);
  }

  #isBound(map: SlotMap, ids: Int32Array, count: number): boolean {
    for (let i = 0; i < count; i++) {
      if (this.#dictionaryOf[ids[i]!] !== map.number) return false;
    }
    return true;
  }

  #bind(map: SlotMap): void {
    for (let slot = 0; slot < map.ids.length; slot++) {
      this.#dictionaryOf[map.ids[slot]!] = map.number;
      this.#slotOf[map.ids[slot]!] = slot;
    }
  }

  /** Sums of the series' hashes: equal for equal sets, in any order. */
  #hasSameHash(map: SlotMap, ids: Int32Array, count: number): boolean {
    let sum = 0;
    for (let i = 0; i < count; i++) sum = (sum + this.#lows[ids[i]!]! - map.lows[i]!) | 0;
    return sum === 0;
  }

  #createMap(ids: Int32Array): SlotMap {
    const metrics = new Map<number, number>();
    const labels = new Map<number, number>();
    const metricOf = new Uint32Array(ids.length);
    const labelsOf = new Uint32Array(ids.length);
    for (let slot = 0; slot < ids.length; slot++) {
      metricOf[slot] = indexIn(metrics, this.#metricOf[ids[slot]!]!);
      labelsOf[slot] = indexIn(labels, this.#labelsOf[ids[slot]!]!);
    }
    return {
      number: this.#nextNumber++,
      dictionary: { size: ids.length, metrics: [...metrics.keys()].map((index) => this.#metrics[index]!), labelSets: [...labels.keys()].map((index) => this.#labelSets[index]!), metricOf, labelsOf },
      ids,
      lows: Int32Array.from(ids, (id) => this.#lows[id]!),
      highs: Int32Array.from(ids, (id) => this.#highs[id]!),
    };
  }

  #grow(): void {
    const size = this.#lows.length * 2;
    const grown = (from: Int32Array, filling: number) => {
      const to = new Int32Array(size).fill(filling);
      to.set(from);
      return to;
    };
    this.#lows = grown(this.#lows, 0);
    this.#highs = grown(this.#highs, 0);
    this.#dictionaryOf = grown(this.#dictionaryOf, -1);
    this.#slotOf = grown(this.#slotOf, 0);
  }
}

function indexIn(indexes: Map<number, number>, key: number): number {
  const known = indexes.get(key);
  if (known !== undefined) return known;
  indexes.set(key, indexes.size);
  return indexes.size - 1;
}
