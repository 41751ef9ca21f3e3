/** Which buckets of which resources have to be rolled up: durable, and never lost to a race. */
import type { Tier } from '@opsloop/contracts';
import { stateScript } from '../read/history-flux.js';
import type { InfluxConnection } from '../connection/influx-connection.js';
import { escapeName, unescapeName } from '../series-names.js';

/** Ids in one mark: a string field holds at most 64 KiB. */
const idsPerMark = 1_500;
/** How far the clocks of two processes, or a mark on its way, may be behind. */
const slackMs = 10 * 60_000;
/** All marks are looked through this often, also those behind the slack; done ones are deleted then. */
const sweepEveryMs = 3_600_000;

export type RolledTier = Exclude<Tier, 'base'>;

export interface Mark {
  readonly startMs: number;
  readonly widthMs: number;
  /** Ids. */
  readonly resources: readonly string[];
}

/** A mark as it is stored: its writer and its stamp are its identity. */
export interface OpenMark extends Mark {
  readonly writer: string;
  readonly stampMs: number;
}

interface MarkRow {
  startMs: number;
  widthMs: number;
  resources: readonly string[] | undefined;
  isDone: boolean;
  readonly writer: string;
  readonly stampMs: number;
}

/**
 * A mark is one point, under a stamp that no other point has: a later write to the same bucket makes another mark, so
 * a roll-up that ends meanwhile cannot wipe it out. Windows are stored before their mark, and a roll-up reads the mark
 * before the windows: whatever a mark stands for is seen. Done is a field that the roll-up adds to the point.
 */
export class DirtyMarks {
  readonly #connection: InfluxConnection;
  readonly #bucket: string;
  readonly #writer: string;
  readonly #nowMs: () => number;
  readonly #sweptMs = new Map<RolledTier, number>();
  readonly #oldestOpenMs = new Map<RolledTier, number>();
  #stampMs = 0;

  constructor({ connection, bucket, writer, nowMs }: { connection: InfluxConnection; bucket: string; writer: string; nowMs: () => number }) {
    this.#connection = connection;
    this.#bucket = bucket;
    this.#writer = writer;
    this.#nowMs = nowMs;
  }

  /** Durable when it resolves. */
  async add(tier: RolledTier, marks: Iterable<Mark>): Promise<void> {
    const lines: string[] = [];
    for (const { startMs, widthMs, resources } of marks) {
      for (let from = 0; from < resources.length; from += idsPerMark) {
        const ids = resources.slice(from, from + idsPerMark).map(escapeName).join(';');
        lines.push(`dirty,tier=${tier},writer=${this.#writer} start=${startMs}i,width=${widthMs}i,resources="${ids}" ${this.#nextStamp()}`);
      }
    }
    await this.#send(lines);
  }

  /** Marks that are not done, oldest bucket first. */
  async open(tier: RolledTier): Promise<readonly OpenMark[]> {
    const nowMs = this.#nowMs();
    const sweeps = nowMs - (this.#sweptMs.get(tier) ?? -Infinity) >= sweepEveryMs;
    const fromMs = sweeps ? -Infinity : Math.min(this.#oldestOpenMs.get(tier) ?? Infinity, nowMs - slackMs);
    // First without the long lists: most marks are done.
    const rows = [...(await this.#read(tier, fromMs, ['start', 'width', 'done'])).values()].filter(({ isDone }) => !isDone);
    const oldestMs = rows.reduce((least, { stampMs }) => Math.min(least, stampMs), Infinity);
    this.#oldestOpenMs.set(tier, oldestMs);
    if (sweeps) await this.#sweep(tier, Math.min(oldestMs, nowMs - sweepEveryMs), nowMs);
    if (rows.length === 0) return [];
    const lists = await this.#read(tier, oldestMs, ['resources']);
    return rows.flatMap(({ startMs, widthMs, writer, stampMs }) => {
      const resources = lists.get(`${writer} ${stampMs}`)?.resources;
      return resources ? [{ startMs, widthMs, resources, writer, stampMs }] : [];
    }).toSorted((a, b) => a.startMs - b.startMs);
  }

  async done(tier: RolledTier, marks: readonly OpenMark[]): Promise<void> {
    await this.#send(marks.map(({ writer, stampMs }) => `dirty,tier=${tier},writer=${writer} done=1i ${stampMs}`));
  }

  async #read(tier: RolledTier, fromMs: number, fields: readonly string[]): Promise<Map<string, MarkRow>> {
    const rows = new Map<string, MarkRow>();
    await this.#connection.query(stateScript(this.#bucket, 'dirty', { fromMs, fields, tier }), (cells, columns) => {
      const cell = (name: string): string => cells[columns.indexOf(name)]!;
      const [writer, stampMs] = [cell('writer'), Date.parse(cell('_time'))];
      const key = `${writer} ${stampMs}`;
      let row = rows.get(key);
      if (!row) rows.set(key, (row = { startMs: Number.NaN, widthMs: Number.NaN, resources: undefined, isDone: false, writer, stampMs }));
      const value = cell('_value');
      switch (cell('_field')) {
        case 'start': row.startMs = Number(value); break;
        case 'width': row.widthMs = Number(value); break;
        case 'resources': row.resources = value.split(';').map(unescapeName); break;
        default: row.isDone = true;
      }
    });
    return rows;
  }

  async #sweep(tier: RolledTier, beforeMs: number, nowMs: number): Promise<void> {
    await this.#connection.deleteBefore(this.#bucket, beforeMs, `_measurement="dirty" AND tier="${tier}"`);
    this.#sweptMs.set(tier, nowMs);
  }

  async #send(lines: readonly string[]): Promise<void> {
    if (lines.length > 0) await this.#connection.write(Buffer.from(lines.join('\n'), 'latin1'), { bucket: this.#bucket, precision: 'ms', onTooOld: () => undefined });
  }

  #nextStamp(): number {
    this.#stampMs = Math.max(this.#stampMs + 1, this.#nowMs());
    return this.#stampMs;
  }
}
