import type { HistorySeries } from '@opsloop/ports';

/** What a row of an answer tells of a bucket: a window's own field, or InfluxDB's aggregate over such fields. */
type Apply = (columns: BucketColumns, at: number, value: number) => void;

const addSum: Apply = ({ sum }, at, value) => void (sum[at]! += value);
const addCount: Apply = ({ count }, at, value) => void (count[at]! += value);
const lower: Apply = ({ min }, at, value) => void (value < min[at]! && (min[at] = value));
const raise: Apply = ({ max }, at, value) => void (value > max[at]! && (max[at] = value));
const setLastAvg: Apply = ({ lastAvg }, at, value) => void (lastAvg[at] = value);
const setLast: Apply = ({ last }, at, value) => void (last[at] = value);
const setAt: Apply = ({ at: times }, at, value) => void (times[at] = value);
const setLastTime: Apply = ({ lastTime }, at, value) => void (lastTime[at] = value);
const raiseRevision: Apply = ({ revision }, at, value) => void (value > revision[at]! && (revision[at] = value));
const wholeAvg: Apply = (columns, at, value) => {
  addSum(columns, at, value);
  addCount(columns, at, 1);
  lower(columns, at, value);
  raise(columns, at, value);
  setLastAvg(columns, at, value);
};

/** By `result:field`. Rows of a table ascend in time, so the last one that sets stays. */
export const applies: Readonly<Record<string, Apply>> = {
  'raw:avg': wholeAvg, 'raw:rest_sum': addSum, 'raw:rest_count': addCount, 'raw:min': lower, 'raw:max': raise,
  'raw:last': setLast, 'raw:at': setAt, 'raw:last_time': setLastTime, 'raw:revision': raiseRevision,
  'sum:avg': addSum, 'sum:rest_sum': addSum, 'sum:rest_count': addCount, 'count:avg': addCount,
  'min:avg': lower, 'min:min': lower, 'max:avg': raise, 'max:max': raise, 'max:revision': raiseRevision,
  'last:avg': setLastAvg, 'last:last': setLast, 'last:at': setAt, 'last:last_time': setLastTime,
};

const columnNames = ['count', 'sum', 'min', 'max', 'lastAvg', 'last', 'at', 'lastTime', 'revision'] as const;

/** Up to this many buckets are found by looking at each. */
const searchedAtMost = 8;

/** The buckets of one series and width, filled from rows in any order of passes. */
export class BucketColumns {
  readonly starts: number[] = [];
  readonly count: number[] = [];
  readonly sum: number[] = [];
  readonly min: number[] = [];
  readonly max: number[] = [];
  readonly lastAvg: number[] = [];
  readonly last: number[] = [];
  readonly at: number[] = [];
  readonly lastTime: number[] = [];
  readonly revision: number[] = [];
  /** Made when there are many buckets: most series of a roll-up have one. */
  #places: Map<number, number> | undefined;

  /** The place of a bucket in every column. */
  place(startMs: number): number {
    const known = this.#places ? this.#places.get(startMs) : this.starts.indexOf(startMs);
    if (known !== undefined && known >= 0) return known;
    const place = this.starts.push(startMs) - 1;
    if (this.#places) this.#places.set(startMs, place);
    else if (place >= searchedAtMost) this.#places = new Map(this.starts.map((start, at) => [start, at]));
    this.count.push(0);
    this.sum.push(0);
    this.min.push(Infinity);
    this.max.push(-Infinity);
    this.lastAvg.push(Number.NaN);
    this.last.push(Number.NaN);
    this.at.push(-Infinity);
    this.lastTime.push(-Infinity);
    this.revision.push(0);
    return place;
  }

  /** When the newest sample of a bucket was taken, ms. */
  newestMs(place: number): number {
    return Math.max(this.at[place]!, this.lastTime[place]!);
  }

  /** A window of several samples names its last one; one of a single sample is its own average. */
  lastOf(place: number): number {
    return this.lastTime[place]! >= this.at[place]! ? this.last[place]! : this.lastAvg[place]!;
  }

  /** Takes in the same windows out of another database: of each the highest revision stays. */
  keepHighest(other: BucketColumns): void {
    other.starts.forEach((startMs, from) => {
      const to = this.place(startMs);
      if (other.revision[from]! < this.revision[to]!) return;
      for (const column of columnNames) this[column][to] = other[column][from]!;
    });
  }

  /** Takes in the buckets of another width, or of another database, of the same series; wider ones are made of them with `stepMs`. */
  merge(other: BucketColumns, stepMs = 1): void {
    other.starts.forEach((startMs, from) => {
      const to = this.place(Math.floor(startMs / stepMs) * stepMs);
      if (other.newestMs(from) > this.newestMs(to)) {
        for (const column of ['lastAvg', 'last', 'at', 'lastTime'] as const) this[column][to] = other[column][from]!;
      }
      this.count[to]! += other.count[from]!;
      this.sum[to]! += other.sum[from]!;
      this.min[to] = Math.min(this.min[to]!, other.min[from]!);
      this.max[to] = Math.max(this.max[to]!, other.max[from]!);
      this.revision[to] = Math.max(this.revision[to]!, other.revision[from]!);
    });
  }

  /** Ascending in time, as the port gives it. */
  toHistory(): Omit<HistorySeries, 'resource' | 'labels'> {
    const order = [...this.starts.keys()].sort((a, b) => this.starts[a]! - this.starts[b]!);
    const column = (of: (place: number) => number): Float64Array => Float64Array.from(order, of);
    return {
      startsMs: column((place) => this.starts[place]!),
      count: column((place) => this.count[place]!),
      sum: column((place) => this.sum[place]!),
      min: column((place) => this.min[place]!),
      max: column((place) => this.max[place]!),
      last: column((place) => this.lastOf(place)),
    };
  }
}
