import type { Resource, SeriesDictionary, WindowBatch } from '@opsloop/contracts';
import { escapeName, labelsText, measurementOf } from '../series-names.js';

/** What this process knows of a resource that it writes. */
export interface RememberedResource {
  readonly resource: Resource;
  /** The id as it stands in the tag. */
  readonly name: string;
  /** Place of each series in `newest`, by `measurement,labels=…`. */
  readonly places: Map<string, number>;
  /** By place: windows that start after it are not stored, whatever their revision. NaN while nobody has asked InfluxDB. */
  newest: Float64Array;
  /** UTC day of the last stored sighting, ms. */
  sightedMs: number;
  usedMs: number;
}

/** The series of a dictionary as line protocol begins them, one behind the other. */
export interface SlotNames {
  readonly texts: readonly string[];
  readonly bytes: Buffer;
  /** Slot i lies from offsets[i] to offsets[i + 1]. */
  readonly offsets: Uint32Array;
}

/**
 * Remembers the newest start of each series that is being written, so that new windows go out without looking at what
 * is stored. What was not written for `trustMs` is forgotten: another process may have written it meanwhile.
 */
export class SeriesMemory {
  readonly #trustMs: number;
  readonly #resources = new Map<string, RememberedResource>();
  readonly #names = new WeakMap<SeriesDictionary, Map<string, SlotNames>>();
  #places = new WeakMap<SeriesDictionary, WeakMap<RememberedResource, Int32Array>>();
  #sweptMs = 0;

  constructor(trustMs: number) {
    this.#trustMs = trustMs;
  }

  resourceOf(resource: Resource, nowMs: number): RememberedResource {
    const key = `${resource.tenant}\n${resource.id}`;
    let known = this.#resources.get(key);
    if (!known || nowMs - known.usedMs > this.#trustMs) {
      known = { resource, name: escapeName(resource.id), places: new Map(), newest: new Float64Array(16).fill(Number.NaN), sightedMs: Number.NaN, usedMs: nowMs };
      this.#resources.set(key, known);
    }
    known.usedMs = nowMs;
    return known;
  }

  namesOf(tenant: string, dictionary: SeriesDictionary): SlotNames {
    let perTenant = this.#names.get(dictionary);
    if (!perTenant) this.#names.set(dictionary, (perTenant = new Map()));
    let names = perTenant.get(tenant);
    if (!names) perTenant.set(tenant, (names = nameSlots(tenant, dictionary)));
    return names;
  }

  /** Places of a dictionary's slots; the same array for the same dictionary object. */
  placesOf(remembered: RememberedResource, { dictionary, resource }: WindowBatch): Int32Array {
    let perResource = this.#places.get(dictionary);
    if (!perResource) this.#places.set(dictionary, (perResource = new WeakMap()));
    let places = perResource.get(remembered);
    if (!places) {
      const { texts } = this.namesOf(resource.tenant, dictionary);
      // Two slots may have one place: two senders that are far apart in time keep a series apart.
      places = Int32Array.from(texts, (text) => placeOf(remembered, text));
      perResource.set(remembered, places);
    }
    return places;
  }

  /** Of a write that failed nobody knows what is stored. */
  forget(resources: Iterable<RememberedResource>): void {
    for (const one of resources) {
      one.newest.fill(Number.NaN);
      one.sightedMs = Number.NaN;
    }
  }

  sweep(nowMs: number): void {
    if (nowMs - this.#sweptMs < this.#trustMs / 4) return;
    this.#sweptMs = nowMs;
    for (const [key, { usedMs }] of this.#resources) if (nowMs - usedMs > this.#trustMs) this.#resources.delete(key);
  }
}

function placeOf(remembered: RememberedResource, text: string): number {
  const known = remembered.places.get(text);
  if (known !== undefined) return known;
  const place = remembered.places.size;
  remembered.places.set(text, place);
  if (place >= remembered.newest.length) {
    const grown = new Float64Array(remembered.newest.length * 2).fill(Number.NaN);
    grown.set(remembered.newest);
    remembered.newest = grown;
  }
  return place;
}

function nameSlots(tenant: string, { metrics, labelSets, metricOf, labelsOf, size }: SeriesDictionary): SlotNames {
  const measurements = metrics.map((metric) => measurementOf(tenant, metric));
  const labels = labelSets.map(labelsText);
  const texts = Array.from({ length: size }, (_, slot) => `${measurements[metricOf[slot]!]!},labels=${labels[labelsOf[slot]!]!}`);
  const offsets = new Uint32Array(size + 1);
  texts.forEach((text, slot) => (offsets[slot + 1] = offsets[slot]! + text.length));
  return { texts, bytes: Buffer.from(texts.join(''), 'latin1'), offsets };
}
