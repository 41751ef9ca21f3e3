import { metricSourcesOf, type Attributes, type Labels, type SeriesDictionary } from '@opsloop/contracts';
import { seriesText } from './series-text.js';

/** How the slots of a raw dictionary feed series of the catalogue: step i multiplies slot rawSlots[i] into series targetOf[i]. */
export interface MappingShape {
  readonly targets: SeriesDictionary;
  /** By target: 1 when it is a counter, stored as its rate. */
  readonly isCounter: Uint8Array;
  /** By target: what the rate of a counter is multiplied by. */
  readonly rateScales: Float64Array;
  readonly rawSize: number;
  /** Ascending. */
  readonly rawSlots: Uint32Array;
  readonly targetOf: Uint32Array;
  readonly scales: Float64Array;
  readonly offsets: Float64Array;
  /** Two raw slots feed one series: the last that is present counts. */
  readonly hasDuplicates: boolean;
}

export interface MappingPlan {
  readonly shape: MappingShape;
  /** Tags of known metrics that are no dimensions: they describe the resource. */
  readonly attributes: Attributes;
}

export interface Mapper {
  /** The plan of a dictionary; remembered by its identity. Plans of one shape share their arrays. */
  planOf(dictionary: SeriesDictionary): MappingPlan;
}

const maxShapes = 4_096;

export function createMapper(): Mapper {
  const plans = new WeakMap<SeriesDictionary, MappingPlan>();
  let shapes = new Map<string, MappingShape>();
  return {
    planOf(dictionary) {
      const known = plans.get(dictionary);
      if (known) return known;
      const fresh = planMapping(dictionary);
      const text = shapeText(fresh.shape);
      const shape = shapes.get(text) ?? fresh.shape;
      if (shapes.size >= maxShapes) shapes = new Map();
      shapes.set(text, shape);
      const plan = { shape, attributes: fresh.attributes };
      plans.set(dictionary, plan);
      return plan;
    },
  };
}

/**
 * Names, units and labels of what a raw dictionary holds. A known metric keeps its dimensions as labels (not the one
 * that says "total") and gives its other tags as attributes; an unknown one keeps its name and all tags.
 */
function planMapping(dictionary: SeriesDictionary): MappingPlan {
  const targets = createTargets();
  const attributes: Record<string, string> = {};
  const steps: { raw: number; target: number; scale: number; offset: number }[] = [];
  for (let raw = 0; raw < dictionary.size; raw++) {
    const field = dictionary.metrics[dictionary.metricOf[raw]!]!;
    const tags = dictionary.labelSets[dictionary.labelsOf[raw]!]!;
    const sources = metricSourcesOf(field);
    if (sources.length === 0) steps.push({ raw, target: targets.add(field, tags, false, 1), scale: 1, offset: 0 });
    for (const { metric, scale, offset, total } of sources) {
      const labels = pick(tags, metric.dimensions, total);
      steps.push({ raw, target: targets.add(metric.name, labels, metric.kind === 'counter', scale), scale, offset });
      for (const [tag, value] of Object.entries(tags)) if (!metric.dimensions.includes(tag)) attributes[tag] = value;
    }
  }
  const targetOf = Uint32Array.from(steps, ({ target }) => target);
  const shape = {
    ...targets.finish(),
    rawSize: dictionary.size,
    rawSlots: Uint32Array.from(steps, ({ raw }) => raw),
    targetOf,
    scales: Float64Array.from(steps, ({ scale }) => scale),
    offsets: Float64Array.from(steps, ({ offset }) => offset),
    hasDuplicates: new Set(targetOf).size < targetOf.length,
  };
  return { shape, attributes };
}

function pick(tags: Labels, dimensions: readonly string[], total: Readonly<Record<string, string>>): Labels {
  const labels: Record<string, string> = {};
  for (const dimension of dimensions) {
    const value = tags[dimension];
    if (value !== undefined && value !== '' && value !== total[dimension]) labels[dimension] = value;
  }
  return labels;
}

/** Collects distinct series into a dictionary; strings and label sets are held once. */
function createTargets() {
  const series = new Map<string, number>();
  const metrics = new Map<string, number>();
  const labelSets = new Map<string, { index: number; labels: Labels }>();
  const metricOf: number[] = [];
  const labelsOf: number[] = [];
  const isCounter: number[] = [];
  const rateScales: number[] = [];
  return {
    add(metric: string, labels: Labels, counter: boolean, scale: number): number {
      const text = seriesText(metric, labels);
      const known = series.get(text);
      if (known !== undefined) return known;
      const labelsText = seriesText('', labels);
      if (!metrics.has(metric)) metrics.set(metric, metrics.size);
      if (!labelSets.has(labelsText)) labelSets.set(labelsText, { index: labelSets.size, labels: sorted(labels) });
      metricOf.push(metrics.get(metric)!);
      labelsOf.push(labelSets.get(labelsText)!.index);
      isCounter.push(counter ? 1 : 0);
      rateScales.push(counter ? scale : 1);
      series.set(text, series.size);
      return series.size - 1;
    },
    finish() {
      const targets: SeriesDictionary = {
        size: series.size,
        metrics: [...metrics.keys()],
        labelSets: [...labelSets.values()].map(({ labels }) => labels),
        metricOf: Uint32Array.from(metricOf),
        labelsOf: Uint32Array.from(labelsOf),
      };
      return { targets, isCounter: Uint8Array.from(isCounter), rateScales: Float64Array.from(rateScales) };
    },
  };
}

function sorted(labels: Labels): Labels {
  return Object.fromEntries(Object.keys(labels).toSorted().map((key) => [key, labels[key]!]));
}

function shapeText({ targets, isCounter, rawSize, rawSlots, targetOf, scales, offsets }: MappingShape): string {
  return JSON.stringify([targets.metrics, targets.labelSets]) + [targets.metricOf, targets.labelsOf, isCounter, [rawSize], rawSlots, targetOf, scales, offsets].map((numbers) => numbers.join(',')).join(';');
}
