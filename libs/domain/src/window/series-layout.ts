import type { SeriesDictionary } from '@opsloop/contracts';
import type { MappingShape } from './mapping-plan.js';
import { createRoute, noSlot, type Route } from './route.js';
import { seriesText } from './series-text.js';

/**
 * The series of a resource, by slot. Never changes: resources with the same series in the same order share one, and
 * a resource with new series moves on to an extended one in which the old slots keep their numbers.
 */
export class SeriesLayout {
  readonly dictionary: SeriesDictionary;
  readonly isCounter: Uint8Array;
  /** By slot: index among the counters, or -1. */
  readonly counterOf: Int32Array;
  readonly counters: number;
  /** By slot; see MappingShape. */
  readonly rateScales: Float64Array;
  #slots: Map<string, number[]> | undefined;

  constructor(dictionary: SeriesDictionary, isCounter: Uint8Array, rateScales: Float64Array) {
    this.dictionary = dictionary;
    this.isCounter = isCounter;
    this.rateScales = rateScales;
    let counters = 0;
    this.counterOf = Int32Array.from(isCounter, (counter) => (counter ? counters++ : -1));
    this.counters = counters;
  }

  get size(): number {
    return this.dictionary.size;
  }

  textOf(slot: number): string {
    const { metrics, metricOf, labelSets, labelsOf } = this.dictionary;
    return seriesText(metrics[metricOf[slot]!]!, labelSets[labelsOf[slot]!]!);
  }

  /** Ascending; more than one when two senders keep the series apart. */
  slotsOf(text: string): readonly number[] {
    this.#slots ??= this.#index();
    return this.#slots.get(text) ?? [];
  }

  #index(): Map<string, number[]> {
    const slots = new Map<string, number[]>();
    for (let slot = 0; slot < this.size; slot++) {
      const text = this.textOf(slot);
      const known = slots.get(text);
      if (known) known.push(slot);
      else slots.set(text, [slot]);
    }
    return slots;
  }
}

export interface Extension {
  readonly layout: SeriesLayout;
  /** By target: its slot, or noSlot. */
  readonly slotOf: Uint32Array;
  /** Every target, into the slots of `slotOf`. */
  readonly route: Route;
}

export interface Layouts {
  readonly empty: SeriesLayout;
  /** The layout with the series of a shape added; the same objects come back for the same pair. */
  extend(layout: SeriesLayout, shape: MappingShape): Extension;
}

export function createLayouts(maxSeries: number): Layouts {
  const known = new WeakMap<SeriesLayout, WeakMap<MappingShape, Extension>>();
  return {
    empty: new SeriesLayout({ size: 0, metrics: [], labelSets: [], metricOf: new Uint32Array(), labelsOf: new Uint32Array() }, new Uint8Array(), new Float64Array()),
    extend(layout, shape) {
      let extensions = known.get(layout);
      if (!extensions) known.set(layout, (extensions = new WeakMap()));
      let extension = extensions.get(shape);
      if (!extension) extensions.set(shape, (extension = extend(layout, shape, maxSeries)));
      return extension;
    },
  };
}

function extend(layout: SeriesLayout, shape: MappingShape, maxSeries: number): Extension {
  const { targets } = shape;
  const texts = Array.from({ length: targets.size }, (_, target) => seriesText(targets.metrics[targets.metricOf[target]!]!, targets.labelSets[targets.labelsOf[target]!]!));
  const added: number[] = [];
  const slotOf = Uint32Array.from(texts, (text, target) => {
    const [slot] = layout.slotsOf(text);
    if (slot !== undefined) return slot;
    if (layout.size + added.length >= maxSeries) return noSlot;
    added.push(target);
    return layout.size + added.length - 1;
  });
  const extended = added.length === 0 ? layout : appendSeries(layout, shape, added);
  return { layout: extended, slotOf, route: createRoute(shape, slotOf, extended, () => true) };
}

/** The layout with targets of a shape behind its slots, whether it holds their series already or not. */
export function appendSeries(layout: SeriesLayout, { targets, isCounter, rateScales }: MappingShape, added: readonly number[]): SeriesLayout {
  if (layout.size === 0 && added.length === targets.size) return new SeriesLayout(targets, isCounter, rateScales);
  const own = layout.dictionary;
  const metrics = [...own.metrics];
  const labelSets = [...own.labelSets];
  const metricIndex = new Map(metrics.map((metric, index) => [metric, index]));
  const labelsIndex = new Map(labelSets.map((labels, index) => [seriesText('', labels), index]));
  const metricOf = [...own.metricOf];
  const labelsOf = [...own.labelsOf];
  for (const target of added) {
    const metric = targets.metrics[targets.metricOf[target]!]!;
    const labels = targets.labelSets[targets.labelsOf[target]!]!;
    const text = seriesText('', labels);
    if (!metricIndex.has(metric)) metricIndex.set(metric, metrics.push(metric) - 1);
    if (!labelsIndex.has(text)) labelsIndex.set(text, labelSets.push(labels) - 1);
    metricOf.push(metricIndex.get(metric)!);
    labelsOf.push(labelsIndex.get(text)!);
  }
  const dictionary = { size: metricOf.length, metrics, labelSets, metricOf: Uint32Array.from(metricOf), labelsOf: Uint32Array.from(labelsOf) };
  return new SeriesLayout(dictionary, Uint8Array.from([...layout.isCounter, ...added.map((target) => isCounter[target]!)]), Float64Array.from([...layout.rateScales, ...added.map((target) => rateScales[target]!)]));
}

/** The layout of some of the slots, in their order, without strings that no slot uses. */
export function keepSeries(layout: SeriesLayout, kept: readonly number[]): SeriesLayout {
  const { metrics, metricOf, labelSets, labelsOf } = layout.dictionary;
  const usedMetrics = [...new Set(kept.map((slot) => metricOf[slot]!))];
  const usedLabels = [...new Set(kept.map((slot) => labelsOf[slot]!))];
  const metricIndex = new Map(usedMetrics.map((old, index) => [old, index]));
  const labelsIndex = new Map(usedLabels.map((old, index) => [old, index]));
  const dictionary = {
    size: kept.length,
    metrics: usedMetrics.map((old) => metrics[old]!),
    labelSets: usedLabels.map((old) => labelSets[old]!),
    metricOf: Uint32Array.from(kept, (slot) => metricIndex.get(metricOf[slot]!)!),
    labelsOf: Uint32Array.from(kept, (slot) => labelsIndex.get(labelsOf[slot]!)!),
  };
  return new SeriesLayout(dictionary, Uint8Array.from(kept, (slot) => layout.isCounter[slot]!), Float64Array.from(kept, (slot) => layout.rateScales[slot]!));
}
