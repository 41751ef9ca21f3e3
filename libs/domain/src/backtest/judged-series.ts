/** What a policy judged, series by series: what a chart of its backtest draws. */
import type { Labels } from '@opsloop/contracts';
import type { ForecastBand } from '../forecast/step-forecast.js';
import type { JudgedAbout } from '../policy/judge/judge-context.js';
import type { BacktestAlarm } from './backtest-alarm.js';

export interface JudgedSeries {
  readonly resource: string;
  readonly resourceName: string;
  readonly labels: Labels;
  /** Alarms that it had. */
  readonly alarms: number;
  /** [end of the window, ms; value that was judged]; null: nothing was judged for three windows. */
  readonly points: readonly (readonly [number, number | null])[];
  /** Of a forecast policy: what it foretold for a time when it was `within` ahead, an 80 % interval. */
  readonly foretold?: readonly ForetoldPoint[];
}

export type ForetoldPoint = readonly [timeMs: number, low: number, high: number];

export interface SeriesRecorder {
  takeForecast(band: ForecastBand, about: JudgedAbout): void;
  take(value: number, endMs: number, about: JudgedAbout): void;
  /** The `most` series that matter: those with alarms first, then those with the highest values. */
  drawn(alarms: readonly BacktestAlarm[], most: number): { readonly drawn: readonly JudgedSeries[]; readonly drawnOf: number };
}

/** Two points for each of these stretches are kept. */
const stretches = 500;

interface Recorded extends JudgedAbout {
  readonly timesMs: number[];
  readonly values: number[];
  readonly foretold: ForetoldPoint[];
  greatest: number;
}

/** Remembers what is judged from `fromMs` on. */
export function recordSeries({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): SeriesRecorder {
  const known = new Map<object, Recorded>();

  function recordOf(about: JudgedAbout): Recorded {
    const one = known.get(about.watch) ?? { ...about, timesMs: [], values: [], foretold: [], greatest: -Infinity };
    known.set(about.watch, one);
    return one;
  }

  return {
    takeForecast({ timeMs, low, high }, about) {
      if (timeMs >= fromMs && timeMs <= toMs) recordOf(about).foretold.push([timeMs, low, high]);
    },
    take(value, endMs, about) {
      if (endMs < fromMs || endMs > toMs) return;
      const one = recordOf(about);
      one.timesMs.push(endMs);
      one.values.push(value);
      one.greatest = Math.max(one.greatest, value);
    },
    drawn(alarms, most) {
      const count = new Map<string, number>();
      for (const alarm of alarms) count.set(keyOf(alarm.resource, alarm.labels), (count.get(keyOf(alarm.resource, alarm.labels)) ?? 0) + 1);
      const ranked = [...known.values()].map((one) => ({ one, alarms: count.get(keyOf(one.resource, one.labels)) ?? 0 })).toSorted((a, b) => b.alarms - a.alarms || b.one.greatest - a.one.greatest);
      return {
        drawnOf: ranked.length,
        drawn: ranked.slice(0, most).map(({ one, alarms: own }) => ({ resource: one.resource, resourceName: one.resourceName, labels: one.labels, alarms: own, points: pointsOf(one, (toMs - fromMs) / stretches), ...(one.foretold.length > 0 && { foretold: widest(one.foretold, (toMs - fromMs) / stretches) }) })),
      };
    },
  };
}

/** One point for each stretch that has any: as wide as the widest edges in it. */
function widest(points: readonly ForetoldPoint[], stretchMs: number): ForetoldPoint[] {
  const wide = new Map<number, [timeMs: number, low: number, high: number]>();
  for (const [timeMs, low, high] of points) {
    const stretch = Math.floor(timeMs / stretchMs);
    const known = wide.get(stretch);
    if (!known) wide.set(stretch, [timeMs, low, high]);
    else [known[1], known[2]] = [Math.min(known[1], low), Math.max(known[2], high)];
  }
  return [...wide.values()].toSorted((a, b) => a[0] - b[0]);
}

function keyOf(resource: string, labels: Labels): string {
  return JSON.stringify([resource, Object.entries(labels).toSorted()]);
}

/** The least and the greatest of each stretch, in the order of time: peaks stay, however long the time is. */
function thin(timesMs: readonly number[], values: readonly number[], stretchMs: number): (readonly [number, number])[] {
  if (timesMs.length <= 2 * stretches) return timesMs.map((timeMs, index) => [timeMs, values[index]!] as const);
  const points: (readonly [number, number])[] = [];
  for (let from = 0; from < timesMs.length; ) {
    const stretch = Math.floor(timesMs[from]! / stretchMs);
    let [least, greatest, to] = [from, from, from];
    for (; to < timesMs.length && Math.floor(timesMs[to]! / stretchMs) === stretch; to++) {
      if (values[to]! < values[least]!) least = to;
      if (values[to]! > values[greatest]!) greatest = to;
    }
    for (const index of new Set([Math.min(least, greatest), Math.max(least, greatest)])) points.push([timesMs[index]!, values[index]!]);
    from = to;
  }
  return points;
}

/** Thinned points lie up to two stretches apart, and senders may be slower than windows: a gap is longer than three of what is usual. */
function pointsOf({ timesMs, values, windowMs }: Recorded, stretchMs: number): (readonly [number, number | null])[] {
  const points = thin(timesMs, values, stretchMs);
  const mostMs = 3 * Math.max(windowMs, points.length < timesMs.length ? stretchMs : usualStep(points));
  return points.flatMap(([timeMs, value], index): (readonly [number, number | null])[] => {
    const before = points[index - 1]?.[0];
    return before !== undefined && timeMs - before > mostMs ? [[before + windowMs, null], [timeMs, value]] : [[timeMs, value]];
  });
}

/** The median of the times between two points; 0 without any. */
function usualStep(points: readonly (readonly [number, number])[]): number {
  const steps = points.slice(1).map(([timeMs], index) => timeMs - points[index]![0]).toSorted((a, b) => a - b);
  return steps[steps.length >> 1] ?? 0;
}
