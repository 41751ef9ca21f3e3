import type { Attributes, Resource, SeriesDictionary } from '@opsloop/contracts';
import { createCounterState, growCounters, type CounterState } from './counter-log.js';
import type { BoundWatch } from './early-watch.js';
import type { Route } from './route.js';
import type { SeriesLayout } from './series-layout.js';
import type { WindowBlock } from './window-block.js';
import type { WindowGrid } from './window-grid.js';

/** The windows of one resource. */
export interface ResourceWindows {
  readonly resource: Resource;
  attributes: Attributes;
  layout: SeriesLayout;
  /** By slot: index of the source whose watermark closes its windows, or noOwner. */
  owners: Uint8Array;
  /** By index; a forgotten source leaves a gap. */
  readonly sources: (WindowSource | undefined)[];
  readonly grid: WindowGrid;
  /** Ascending by start. */
  blocks: WindowBlock[];
  readonly counters: CounterState;
  /** Rises when slots change their owner or their number: older bindings are void. */
  bindEpoch: number;
  /** Slots above which series without samples are dropped before new ones are added. */
  compactAbove: number;
  /** Some block has crossings that are not told. */
  hasNews: boolean;
}

/** Owner of slots whose source was forgotten. */
export const noOwner = 255;

/** A resource as seen by one sender. */
export interface WindowSource {
  readonly name: string;
  readonly index: number;
  firstEventMs: number;
  /** Greatest event time seen, each not beyond the arrival clock of its time. */
  maxEventMs: number;
  lastArrivalMs: number;
  /** Every window that ends at or before it has been emitted. */
  closedToMs: number;
  /** Windows that end at or before it are no longer held. */
  retiredToMs: number;
  /** Silent for so long that its windows were closed. */
  idle: boolean;
  /** Rows in a row that came in the order of their times. Counted anew after a snapshot was read. */
  orderlyRows: number;
  binding: Binding | undefined;
  /** Bindings of the dictionaries that this source alternates between. */
  bindings: WeakMap<SeriesDictionary, Binding>;
}

/** Where the samples of one dictionary go, for one source of one resource. */
export interface Binding {
  readonly dictionary: SeriesDictionary;
  readonly epoch: number;
  readonly parts: readonly { readonly owner: number; readonly route: Route }[];
  /** How the other owners stood when it was made; it is made anew when that changes. */
  readonly others: readonly { readonly owner: number; readonly standing: string }[];
  /** The awaited series among its samples, as far as they were looked up. */
  watch?: BoundWatch;
}

export function createResourceWindows(resource: Resource, layout: SeriesLayout, grid: WindowGrid): ResourceWindows {
  return { resource, attributes: {}, layout, owners: new Uint8Array(), sources: [], grid, blocks: [], counters: createCounterState(), bindEpoch: 0, compactAbove: 256, hasNews: false };
}

export function createSource(name: string, index: number, arrivalMs: number): WindowSource {
  return { name, index, firstEventMs: Infinity, maxEventMs: -Infinity, lastArrivalMs: arrivalMs, closedToMs: -Infinity, retiredToMs: -Infinity, idle: false, orderlyRows: 0, binding: undefined, bindings: new WeakMap() };
}

/** Greatest event time seen, but not beyond arrival. */
export function watermarkOf(source: WindowSource, clockMs: number): number {
  return Math.min(source.maxEventMs, clockMs);
}

/** Moves on to a layout with more slots; they belong to `owner`. */
export function adoptLayout(windows: ResourceWindows, layout: SeriesLayout, owner: number): void {
  if (layout === windows.layout) return;
  const owners = new Uint8Array(layout.size).fill(owner, windows.owners.length);
  owners.set(windows.owners);
  windows.owners = owners;
  windows.layout = layout;
  growCounters(windows.counters, layout.counters);
}

const maxAttributes = 128;

/** Last value wins. The object stays the same while nothing changes, so that encoders need no second look. */
export function mergeAttributes(windows: ResourceWindows, news: Attributes): void {
  let merged: Record<string, string> | undefined;
  for (const name in news) {
    const value = news[name]!;
    const known = (merged ?? windows.attributes)[name];
    if (known === value) continue;
    merged ??= { ...windows.attributes };
    if (known !== undefined || Object.keys(merged).length < maxAttributes) merged[name] = value;
  }
  if (merged) windows.attributes = merged;
}
