import { EngineError } from '@opsloop/ports';
import { applies, BucketColumns } from './bucket-columns.js';
import type { OnRow } from './flux-rows.js';

/** Names are the texts of series-names. */
export interface SeriesBuckets {
  /** Empty where the query named the measurement. */
  readonly measurement: string;
  readonly resource: string;
  readonly labels: string;
  readonly columns: BucketColumns;
}

export interface BucketReaderOptions {
  /** Undefined: everything of a series is one bucket that starts at 0. */
  readonly stepMs: number | undefined;
  readonly mostPoints: number;
  /** Buckets that are not wanted are skipped. */
  readonly wants?: (resource: string, startMs: number) => boolean;
}

/** Gathers the rows of window scripts into buckets, a series and width at a time. */
export class BucketReader {
  readonly #options: BucketReaderOptions;
  readonly #series = new Map<string, SeriesBuckets>();
  #columns: readonly string[] = [];
  #cells = { result: -1, table: -1, time: -1, value: -1, field: -1, measurement: -1, resource: -1, labels: -1, width: -1 };
  #result = '';
  #table = '';
  #current: SeriesBuckets | undefined;
  #apply = applies['raw:avg'];
  #points = 0;

  constructor(options: BucketReaderOptions) {
    this.#options = options;
  }

  readonly onRow: OnRow = (cells, columns) => {
    if (columns !== this.#columns) this.#shape(columns);
    const at = this.#cells;
    if (cells[at.table] !== this.#table || cells[at.result] !== this.#result) this.#enter(cells);
    const { stepMs, wants } = this.#options;
    const startMs = stepMs === undefined ? 0 : Math.floor(Date.parse(cells[at.time]!) / stepMs) * stepMs;
    const { columns: buckets, resource } = this.#current!;
    if (wants && !wants(resource, startMs)) return;
    const before = buckets.starts.length;
    const place = buckets.place(startMs);
    this.#apply!(buckets, place, Number(cells[at.value]));
    if (place === before) this.#count();
  };

  /** Each series and width, by its names. */
  parts(): ReadonlyMap<string, SeriesBuckets> {
    return this.#series;
  }

  /** Each series once, its widths merged. Throws a non-retryable EngineError above the most points. */
  finish(): readonly SeriesBuckets[] {
    const merged = mergeSeries(this.#series.values());
    checkPoints(merged, this.#options.mostPoints);
    return merged;
  }

  #shape(columns: readonly string[]): void {
    this.#columns = columns;
    const place = (name: string): number => columns.indexOf(name);
    this.#cells = { result: place('result'), table: place('table'), time: place('_time'), value: place('_value'), field: place('_field'), measurement: place('_measurement'), resource: place('resource'), labels: place('labels'), width: place('width') };
    this.#table = '';
  }

  /** Another table: another series or field. */
  #enter(cells: readonly string[]): void {
    const at = this.#cells;
    this.#table = cells[at.table]!;
    this.#result = cells[at.result]!;
    this.#apply = applies[`${this.#result}:${cells[at.field]!}`];
    const [measurement, resource, labels] = [cells[at.measurement] ?? '', cells[at.resource]!, cells[at.labels]!];
    const key = `${measurement} ${resource} ${labels} ${cells[at.width]!}`;
    this.#current = this.#series.get(key);
    if (!this.#current) this.#series.set(key, (this.#current = { measurement, resource, labels, columns: new BucketColumns() }));
  }

  #count(): void {
    this.#points += 1;
    // Widths side by side may merge into fewer points; beyond twice as many nobody waits for that.
    if (this.#points > this.#options.mostPoints * 2) throw tooMany(this.#options.mostPoints);
  }
}

/** Joins what belongs to the same series: its widths, and its parts in several databases. */
export function mergeSeries(all: Iterable<SeriesBuckets>): readonly SeriesBuckets[] {
  const merged = new Map<string, SeriesBuckets>();
  for (const one of all) {
    if (one.columns.starts.length === 0) continue;
    const key = `${one.measurement} ${one.resource} ${one.labels}`;
    const known = merged.get(key);
    if (known) known.columns.merge(one.columns);
    else merged.set(key, one);
  }
  return [...merged.values()];
}

/**
 * Single windows out of several databases, in steps. A window that stands in more than one of them, as when it was corrected
 * after a change of routes, counts once, in its highest revision.
 */
export function mergeWindows(databases: Iterable<ReadonlyMap<string, SeriesBuckets>>, stepMs: number): readonly SeriesBuckets[] {
  const windows = new Map<string, SeriesBuckets>();
  for (const parts of databases) {
    for (const [key, one] of parts) {
      const known = windows.get(key);
      if (known) known.columns.keepHighest(one.columns);
      else windows.set(key, one);
    }
  }
  return mergeSeries([...windows.values()].map((one) => {
    const columns = new BucketColumns();
    columns.merge(one.columns, stepMs);
    return { ...one, columns };
  }));
}

export function checkPoints(series: readonly SeriesBuckets[], mostPoints: number): void {
  if (series.reduce((sum, { columns }) => sum + columns.starts.length, 0) > mostPoints) throw tooMany(mostPoints);
}

function tooMany(mostPoints: number): EngineError {
  return new EngineError(`the answer has more than ${mostPoints} points: ask for a longer step, a shorter range or fewer series`, { retryable: false });
}
