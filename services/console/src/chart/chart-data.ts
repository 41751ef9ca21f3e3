/** A line of a chart. `points` are ascending by time; null: measured nothing, the line is broken there. */
export interface ChartSeries {
  readonly key: string;
  readonly name: string;
  readonly points: readonly (readonly [number, number | null])[];
}

/** Columns as the chart library takes them: the times, then the values of each series. Undefined: this series has no such time. */
export type ChartColumns = [number[], ...(number | null | undefined)[][]];

export function alignSeries(series: readonly ChartSeries[]): ChartColumns {
  const first = series[0]?.points ?? [];
  const sameTimes = series.every((one) => one.points.length === first.length && one.points[0]?.[0] === first[0]?.[0] && one.points.at(-1)?.[0] === first.at(-1)?.[0]);
  // Series of one answer share their grid: the usual case needs no merging.
  if (sameTimes) return [first.map((point) => point[0]), ...series.map((one) => bridgeUsual(one.points))];
  const times = [...new Set(series.flatMap((one) => one.points.map((point) => point[0])))].toSorted((a, b) => a - b);
  const places = new Map(times.map((time, index) => [time, index]));
  const columns = series.map((one) => {
    const column: (number | null | undefined)[] = Array.from({ length: times.length }, () => undefined);
    const values = bridgeUsual(one.points);
    for (const [index, [time]] of one.points.entries()) column[places.get(time)!] = values[index];
    return column;
  });
  return [times, ...columns];
}

/** Values that are too few to tell how often a series is measured. */
const tooFew = 4;

/** What is measured more rarely than the step is one line: nulls become undefined between values no farther apart than is usual for the series. */
function bridgeUsual(points: ChartSeries['points']): (number | null | undefined)[] {
  const column: (number | null | undefined)[] = points.map((point) => point[1]);
  const measured = points.flatMap((point, index) => (point[1] === null ? [] : [index]));
  if (measured.length === points.length || measured.length < tooFew) return column;
  const spans = measured.slice(1).map((index, place) => points[index]![0] - points[measured[place]!]![0]);
  const usualMs = spans.toSorted((a, b) => a - b)[Math.floor(0.9 * (spans.length - 1))]!;
  for (const [place, spanMs] of spans.entries()) if (spanMs <= 1.5 * usualMs) column.fill(undefined, measured[place]! + 1, measured[place + 1]);
  return column;
}

/** Places of the values with a gap on both sides: no line reaches them. */
export function lonePlaces(column: ArrayLike<number | null | undefined>): number[] {
  const lone: number[] = [];
  let isGapBefore = true;
  let last: number | undefined;
  for (let index = 0; index < column.length; index += 1) {
    const value = column[index];
    if (value === undefined) continue;
    if (value === null) {
      if (last !== undefined) lone.push(last);
      [isGapBefore, last] = [true, undefined];
    } else {
      last = isGapBefore ? index : undefined;
      isGapBefore = false;
    }
  }
  return last === undefined ? lone : [...lone, last];
}

/** What the values of a line come to. */
export interface SeriesSummary {
  readonly last: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
}

export function summarise(points: ChartSeries['points']): SeriesSummary {
  let [last, min, max, sum, count]: [number | null, number, number, number, number] = [null, Infinity, -Infinity, 0, 0];
  for (const [, value] of points) {
    if (value === null) continue;
    last = value;
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
    count += 1;
  }
  return count === 0 ? { last: null, min: null, max: null, mean: null } : { last, min, max, mean: sum / count };
}

/** Least and greatest value that an axis shows: steady while values move, with room above, thresholds included. */
export function axisRange(series: readonly ChartSeries[], unit: string, thresholds: readonly number[] = []): [number, number] {
  if (unit === 'bool') return [-0.08, 1.12];
  let [min, max] = [Infinity, -Infinity];
  for (const value of thresholds) [min, max] = [Math.min(min, value), Math.max(max, value)];
  for (const one of series) {
    const summary = summarise(one.points);
    if (summary.min !== null && summary.max !== null) [min, max] = [Math.min(min, summary.min), Math.max(max, summary.max)];
  }
  if (min > max) return [0, unit === 'percent' ? 100 : 1];
  if (unit === 'percent' && min >= 0 && max <= 100) return [0, max > 40 ? 100 : roundUp(Math.max(max * 1.15, 5))];
  const low = min >= 0 ? 0 : -roundUp(-min * 1.1);
  const high = max <= 0 && min < 0 ? 0 : roundUp(Math.max(max * 1.1, max === 0 ? 1 : 0));
  return [low, high === low ? low + 1 : high];
}

/** The next of 1, 1.5, 2, 3, 4, 5, 6, 8 x 10^n: an axis that does not change with every value. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((one) => one * power >= value * (1 - 1e-9)) ?? 10;
  return step * power;
}

/** At most `most` series, those with the greatest last values first; `hidden` says how many are not shown. Those of one `groupOf` are shown together or not at all. */
export function mostImportant(series: readonly ChartSeries[], most: number, groupOf: (one: ChartSeries) => string = (one) => one.key): { readonly shown: readonly ChartSeries[]; readonly hidden: number } {
  if (series.length <= most) return { shown: series, hidden: 0 };
  const groups = new Map<string, ChartSeries[]>();
  for (const one of series) groups.set(groupOf(one), [...(groups.get(groupOf(one)) ?? []), one]);
  const ranked = [...groups.values()].map((members) => ({ members, last: Math.max(...members.map((one) => summarise(one.points).last ?? -Infinity)) })).toSorted((a, b) => b.last - a.last);
  const shown: ChartSeries[] = [];
  for (const { members } of ranked) if (shown.length === 0 || shown.length + members.length <= most) shown.push(...members);
  return { shown, hidden: series.length - shown.length };
}

/** Without those that were 0 all the time, where any was not. */
export function withoutIdle(series: readonly ChartSeries[]): readonly ChartSeries[] {
  const busy = series.filter((one) => one.points.some(([, value]) => value !== null && value !== 0));
  return busy.length > 0 ? busy : series;
}
