import type { QueryAnswer } from '@opsloop/contracts';

type Series = QueryAnswer['series'][number];

/** What tells the series of one answer apart, and nothing else: resource, labels or aggregate, where they differ. */
export function nameSeries(series: readonly Series[], totalWord: string): readonly string[] {
  const differ = (pick: (one: Series) => string): boolean => new Set(series.map(pick)).size > 1;
  const byResource = differ((one) => one.resource);
  const keys = [...new Set(series.flatMap((one) => Object.keys(one.labels)))].filter((key) => differ((one) => one.labels[key] ?? '')).toSorted();
  const byAggregate = differ((one) => one.aggregate);
  return series.map((one) => {
    const labels = keys.flatMap((key) => (one.labels[key] === undefined ? [] : [one.labels[key]]));
    // Beside its parts, the series without labels is their total.
    const total = keys.length > 0 && Object.keys(one.labels).length === 0 ? [totalWord] : [];
    const parts = [...(byResource && one.resourceName !== '' ? [one.resourceName] : []), ...labels, ...total, ...(byAggregate ? [one.aggregate] : [])];
    return parts.length > 0 ? parts.join(' · ') : one.resourceName || Object.values(one.labels).join(' · ') || one.aggregate;
  });
}

export function seriesKey(one: Series): string {
  const labels = Object.entries(one.labels).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}=${value}`);
  return [one.resource, ...labels, one.aggregate].join('|');
}
