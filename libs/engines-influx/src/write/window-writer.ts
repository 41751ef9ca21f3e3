/** Windows into the base bucket of one database: new ones at once, those that may be stored already after a look. */
import type { WindowBatch } from '@opsloop/contracts';
import { newestScript, rawScript, resourcesAtMost } from '../read/history-flux.js';
import type { InfluxConnection } from '../connection/influx-connection.js';
import { lineTail, LineEncoder, type WindowRow } from './line-encoder.js';
import { readRevisions, type StoredRevision } from './read-revisions.js';
import { escapeName } from '../series-names.js';
import type { RememberedResource, SeriesMemory, SlotNames } from './series-memory.js';

const dayMs = 86_400_000;
/** Body of one write before compression; some 20,000 windows. */
const bodyBytes = 2 * 2 ** 20;

/** A batch with what is known of its resource and series. */
interface PlacedBatch {
  readonly batch: WindowBatch;
  readonly remembered: RememberedResource;
  readonly names: SlotNames;
  readonly places: Int32Array;
}

interface LateWindow {
  readonly placed: PlacedBatch;
  readonly row: number;
}

export interface WindowWriterOptions {
  readonly connection: InfluxConnection;
  readonly memory: SeriesMemory;
  readonly baseBucket: string;
  readonly stateBucket: string;
  readonly monotonicMs: () => number;
  readonly onTooOld: (windows: number) => void;
}

export class WindowWriter {
  readonly #options: WindowWriterOptions;
  readonly #encoder = new LineEncoder();
  readonly #row: WindowRow = { count: 0, sum: 0, min: 0, max: 0, last: 0, lastTimeMs: 0 };

  constructor(options: WindowWriterOptions) {
    this.#options = options;
  }

  /** Durable when it resolves; of a call that fails any part may be stored. One call at a time. */
  async write(batches: readonly WindowBatch[]): Promise<void> {
    const { memory, monotonicMs } = this.#options;
    const nowMs = monotonicMs();
    memory.sweep(nowMs);
    const placed = batches.map((batch): PlacedBatch => {
      const remembered = memory.resourceOf(batch.resource, nowMs);
      return { batch, remembered, names: memory.namesOf(batch.resource.tenant, batch.dictionary), places: memory.placesOf(remembered, batch) };
    });
    // Before anything is written: what was learnt stays known when a later part of it cannot be, so that each try needs less.
    await this.#learnNewest(placed);
    try {
      await this.#writeSightings(placed);
      const late = await this.#writeFresh(placed);
      if (late.length > 0) await this.#writeLate(late);
    } catch (error) {
      memory.forget(placed.map(({ remembered }) => remembered));
      throw error;
    }
  }

  /** Once a day and resource: who it is. Old days fall away with the history. */
  async #writeSightings(placed: readonly PlacedBatch[]): Promise<void> {
    const seen: [RememberedResource, number][] = [];
    for (const { remembered, batch } of placed) {
      const day = Math.floor(batch.startMs / dayMs) * dayMs;
      if (remembered.sightedMs === day) continue;
      remembered.sightedMs = day;
      seen.push([remembered, day]);
      this.#encoder.addLine(`resource,id=${remembered.name} json="${escapeName(JSON.stringify(remembered.resource))}" ${day}`);
    }
    if (seen.length > 0) await this.#send(this.#options.stateBucket);
  }

  /** Asks for the newest stored start of every series that this process does not know yet. */
  async #learnNewest(placed: readonly PlacedBatch[]): Promise<void> {
    const unknown = placed.filter(hasUnknown);
    if (unknown.length === 0) return;
    const fromMs = unknown.reduce((least, { batch }) => Math.min(least, batch.startMs), Infinity);
    const resources = new Map(unknown.map(({ remembered }) => [remembered.name, remembered]));
    for (const group of groups([...resources.values()])) await this.#learnGroup(group, fromMs);
  }

  async #learnGroup(group: readonly RememberedResource[], fromMs: number): Promise<void> {
    const { connection, memory, baseBucket } = this.#options;
    const named = new Map(group.map((remembered) => [remembered.name, remembered]));
    try {
      await readRevisions(connection, newestScript({ bucket: baseBucket, fromMs, toMs: Infinity, resources: idsOf(group) }, 'revision'), ({ resource, series, startMs }) => {
        const remembered = named.get(resource);
        const place = remembered?.places.get(series);
        if (!remembered || place === undefined) return;
        const known = remembered.newest[place]!;
        if (Number.isNaN(known) || startMs > known) remembered.newest[place] = startMs;
      });
    } catch (error) {
      // Half an answer says nothing of what else is stored.
      memory.forget(group);
      throw error;
    }
    // Nothing of these is stored from then on; older windows may be.
    for (const { newest, places } of group) {
      for (const place of places.values()) if (Number.isNaN(newest[place]!)) newest[place] = fromMs - 1;
    }
  }

  /** Writes what starts after everything of its series; returns the rest. */
  async #writeFresh(placed: readonly PlacedBatch[]): Promise<LateWindow[]> {
    const late: LateWindow[] = [];
    for (const one of placed) {
      const { batch, remembered, places } = one;
      const { startMs } = batch;
      const tail = lineTail(batch.revision, startMs);
      const tags = tagsOf(remembered, batch);
      const { newest } = remembered;
      const { slots } = batch;
      for (let row = 0; row < batch.count.length; row++) {
        const place = places[slots ? slots[row]! : row]!;
        if (startMs > newest[place]!) {
          newest[place] = startMs;
          this.#add(one, row, tags, tail, false);
        } else late.push({ placed: one, row });
      }
      if (this.#encoder.byteLength >= bodyBytes) await this.#send(this.#options.baseBucket);
    }
    await this.#send(this.#options.baseBucket);
    return late;
  }

  /** Of each window that may be stored the highest revision stays; InfluxDB itself would keep whatever came last. */
  async #writeLate(late: readonly LateWindow[]): Promise<void> {
    const highest = new Map<string, LateWindow>();
    for (const one of late) {
      const key = keyOf(one);
      const other = highest.get(key);
      if (!other || one.placed.batch.revision > other.placed.batch.revision) highest.set(key, one);
    }
    await this.#dropOutdated(highest);
    for (const { placed, row } of highest.values()) {
      const { batch, remembered } = placed;
      this.#add(placed, row, tagsOf(remembered, batch), lineTail(batch.revision, batch.startMs), true);
      if (this.#encoder.byteLength >= bodyBytes) await this.#send(this.#options.baseBucket);
    }
    await this.#send(this.#options.baseBucket);
  }

  /**
   * Removes the windows that are stored in a higher revision. Those of the same one are written again: InfluxDB answers
   * queries from memory that it failed to save, so what can be read after a failed write may not be durable.
   */
  async #dropOutdated(late: Map<string, LateWindow>): Promise<void> {
    const all = [...late.values()];
    const starts = all.map(({ placed }) => placed.batch.startMs);
    const fromMs = starts.reduce((least, start) => Math.min(least, start), Infinity);
    const toMs = starts.reduce((most, start) => Math.max(most, start), -Infinity) + 1;
    const onStored = ({ resource, series, width, startMs, revision }: StoredRevision): void => {
      const key = `${series} ${resource} ${width} ${startMs}`;
      const waiting = late.get(key);
      if (waiting && waiting.placed.batch.revision < revision) late.delete(key);
    };
    for (const group of groups([...new Set(all.map(({ placed }) => placed.remembered))])) {
      await readRevisions(this.#options.connection, rawScript({ bucket: this.#options.baseBucket, fromMs, toMs, resources: idsOf(group) }, ['revision']), onStored);
    }
  }

  #add({ batch, names }: PlacedBatch, row: number, tags: Buffer, tail: Buffer, whole: boolean): void {
    const slot = batch.slots ? batch.slots[row]! : row;
    const numbers = this.#row;
    numbers.count = batch.count[row]!;
    numbers.sum = batch.sum[row]!;
    numbers.min = batch.min[row]!;
    numbers.max = batch.max[row]!;
    numbers.last = batch.last[row]!;
    numbers.lastTimeMs = Math.trunc(batch.lastTimeMs[row]!);
    this.#encoder.add(names.bytes, names.offsets[slot]!, names.offsets[slot + 1]!, tags, numbers, tail, whole);
  }

  async #send(bucket: string): Promise<void> {
    if (this.#encoder.lines === 0) return;
    const { connection, onTooOld } = this.#options;
    await connection.write(this.#encoder.take(), { bucket, precision: 'ms', onTooOld });
  }
}

function hasUnknown({ batch: { slots, count }, remembered: { newest }, places }: PlacedBatch): boolean {
  for (let row = 0; row < count.length; row++) if (Number.isNaN(newest[places[slots ? slots[row]! : row]!]!)) return true;
  return false;
}

function tagsOf({ name }: RememberedResource, { widthMs }: WindowBatch): Buffer {
  return Buffer.from(`,resource=${name},width=${widthMs}`, 'latin1');
}

function keyOf({ placed: { batch, names, remembered }, row }: LateWindow): string {
  return `${names.texts[batch.slots ? batch.slots[row]! : row]!} ${remembered.name} ${batch.widthMs} ${batch.startMs}`;
}

function idsOf(resources: readonly RememberedResource[]): readonly string[] {
  return resources.map(({ resource }) => resource.id);
}

/** As many as the server matches at a time: without their names it would read every series of the bucket. */
function groups(resources: readonly RememberedResource[]): readonly (readonly RememberedResource[])[] {
  return Array.from({ length: Math.ceil(resources.length / resourcesAtMost) }, (_, part) => resources.slice(part * resourcesAtMost, (part + 1) * resourcesAtMost));
}
