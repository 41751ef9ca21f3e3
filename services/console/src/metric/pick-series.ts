import type { QueryAnswer } from '@opsloop/contracts';

type Series = QueryAnswer['series'][number];

/** Of resources that have a total, the total alone; of others, every series. A policy that names no sub-dimension watches the same. */
export function onlyTotals<T extends Series>(series: readonly T[]): readonly T[] {
  const withTotal = new Set(series.filter((one) => Object.keys(one.labels).length === 0).map((one) => one.resource));
  return series.filter((one) => !withTotal.has(one.resource) || Object.keys(one.labels).length === 0);
}

/** The series with exactly these labels: what an alarm is about. */
export function withLabels<T extends Series>(series: readonly T[], labels: Readonly<Record<string, string>>): readonly T[] {
  const wanted = Object.entries(labels);
  return series.filter((one) => Object.keys(one.labels).length === wanted.length && wanted.every(([key, value]) => one.labels[key] === value));
}

/** Traffic of a machine with itself says little: left out where there is other. */
export function withoutLoopback<T extends Series>(series: readonly T[]): readonly T[] {
  const others = series.filter((one) => !/^lo\d*$/.test(one.labels['interface'] ?? ''));
  return others.length > 0 ? others : series;
}
