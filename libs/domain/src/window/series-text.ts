import type { Labels } from '@opsloop/contracts';

/** One text per series: the metric and its labels in order. Quoted, so that no value can look like another's key. */
export function seriesText(metric: string, labels: Labels): string {
  const keys = Object.keys(labels);
  if (keys.length === 0) return metric;
  return `${metric}${JSON.stringify(keys.toSorted().map((key) => [key, labels[key]]))}`;
}
