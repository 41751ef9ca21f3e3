import type { Metric } from './metric.js';

/** What the metrics of one measurement share. */
export interface MetricGroup {
  /** First part of the names, and the measurement unless that differs. */
  readonly group: string;
  readonly measurement?: string;
  readonly dimensions?: readonly string[];
  readonly total?: Readonly<Record<string, string>>;
  readonly targetKinds?: readonly string[];
}

type Source = Metric['sources'][number];

interface MetricDetails {
  /** Second part of the name where it is not the field's. */
  readonly name?: string;
  readonly scale?: number;
  readonly offset?: number;
  /** Other senders of the same measure, as `measurement.field`. */
  readonly also?: readonly Source[];
}

/** Field, unit of what is stored, kind, English title, Korean title. */
export type MetricRow = readonly [field: string, unit: Metric['unit'], kind: Metric['kind'], en: string, ko: string, details?: MetricDetails];

/** The metrics of a table. Percentages lie between 0 and 100, truth values between 0 and 1. */
export function describeMetrics({ group, measurement = group, dimensions = [], total, targetKinds = ['host'] }: MetricGroup, rows: readonly MetricRow[]): Metric[] {
  return rows.map(([field, unit, kind, en, ko, { name = field, scale, offset, also = [] } = {}]) => ({
    name: `${group}.${name}`,
    unit,
    kind,
    title: { en, ko },
    dimensions: [...dimensions],
    ...(unit === 'percent' && { min: 0, max: 100 }),
    ...(unit === 'bool' && { min: 0, max: 1 }),
    sources: [{ field: `${measurement}.${field}`, ...(scale !== undefined && { scale }), ...(offset !== undefined && { offset }), ...(total && { total: { ...total } }) }, ...also],
    targetKinds: [...targetKinds],
  }));
}

/** The two writings under which Telegraf's prometheus input sends a metric of an exporter. */
export function exporterSources(name: string, type: 'gauge' | 'counter', scale?: number): Source[] {
  return [`prometheus.${name}`, `${name}.${type}`].map((field) => ({ field, ...(scale !== undefined && { scale }) }));
}
