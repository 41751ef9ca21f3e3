/** The catalogue: what every known metric is called, in which unit, whatever its sender calls it. */
import { cloudMetrics } from './cloud-metrics.js';
import { cpuMetrics } from './cpu-metrics.js';
import { diskMetrics } from './disk-metrics.js';
import { gpuMetrics } from './gpu-metrics.js';
import { healthMetrics } from './health-metrics.js';
import { kubernetesMetrics } from './kubernetes-metrics.js';
import { memoryMetrics } from './memory-metrics.js';
import { logMetrics } from './log-metrics.js';
import type { Metric } from './metric.js';
import { networkMetrics } from './network-metrics.js';
import { processMetrics } from './process-metrics.js';

const catalogue: readonly Metric[] = [
  ...cpuMetrics, ...memoryMetrics, ...diskMetrics, ...networkMetrics, ...processMetrics, ...healthMetrics, ...cloudMetrics, ...kubernetesMetrics, ...gpuMetrics, ...logMetrics,
];

/** One raw field as it feeds a metric: value = raw x scale + offset (a counter's rate: x scale). */
export interface MetricSource {
  readonly metric: Metric;
  readonly scale: number;
  readonly offset: number;
  /** Tag values that mean the whole: that label is dropped. */
  readonly total: Readonly<Record<string, string>>;
}

const byName = new Map(catalogue.map((metric) => [metric.name, metric]));
const byField = indexByField();

/** Every known metric, grouped as people look for them. */
export function listMetrics(): readonly Metric[] {
  return catalogue;
}

/** What the catalogue knows of a name; undefined for metrics that keep their sender's name. */
export function findMetric(name: string): Metric | undefined {
  return byName.get(name);
}

/** The metrics that a raw field feeds (`measurement.field`): none when it is unknown, and sometimes several. */
export function metricSourcesOf(field: string): readonly MetricSource[] {
  return byField.get(field) ?? [];
}

function indexByField(): ReadonlyMap<string, readonly MetricSource[]> {
  const index = new Map<string, MetricSource[]>();
  for (const metric of catalogue) {
    for (const { field, scale = 1, offset = 0, total = {} } of metric.sources) {
      const source = { metric, scale, offset, total };
      const known = index.get(field);
      if (known) known.push(source);
      else index.set(field, [source]);
    }
  }
  // Who already sends under the catalogue's own name, in its unit, is understood too.
  for (const metric of catalogue) {
    if (!index.has(metric.name)) index.set(metric.name, [{ metric, scale: 1, offset: 0, total: metric.sources[0]?.total ?? {} }]);
  }
  return index;
}
