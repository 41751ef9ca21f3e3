import type { Labels, SeriesDictionary } from '@opsloop/contracts';

export interface SeriesName {
  readonly metric: string;
  readonly labels?: Labels;
}

/** The dictionary of some series, in their order: slot i is series i. */
export function buildDictionary(series: readonly SeriesName[]): SeriesDictionary {
  const metrics = [...new Set(series.map(({ metric }) => metric))];
  const labelTexts = [...new Set(series.map(({ labels }) => JSON.stringify(labels ?? {})))];
  return {
    size: series.length,
    metrics,
    labelSets: labelTexts.map((text) => JSON.parse(text) as Labels),
    metricOf: Uint32Array.from(series, ({ metric }) => metrics.indexOf(metric)),
    labelsOf: Uint32Array.from(series, ({ labels }) => labelTexts.indexOf(JSON.stringify(labels ?? {}))),
  };
}
