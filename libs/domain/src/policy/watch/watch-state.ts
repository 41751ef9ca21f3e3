/** What a partition's trigger remembers: the watched resources, their sources, and their watched series. */
import type { Attributes, Resource } from '@opsloop/contracts';
import { createMemorySlots, type MemorySlots } from '../../condition/memory-slots.js';
import type { ForecastScores } from './forecast-scores.js';
import type { PolicySet } from '../policy-set.js';
import type { ClosedWindow, SeriesWatch, WatchBirth } from './series-watch.js';
import type { PlanCache, WatchPlan } from './watch-plan.js';

/** A resource as one sender sees it. */
export interface WatchedSource {
  readonly name: string;
  /** Arrival clock of its newest batch, ms. */
  lastArrivalMs: number;
  /** Every window of it that ends by then has been seen, event time, ms. */
  closedToMs: number;
  /** The plan that `bound` was made for, and the watch of each of its items; not in checkpoints. */
  plan: WatchPlan | undefined;
  bound: (SeriesWatch | undefined)[];
}

export interface WatchedResource {
  resource: Resource;
  attributes: Attributes;
  readonly sources: WatchedSource[];
  watches: SeriesWatch[];
  /** Arrival clock before which nothing of it can become due. */
  nextCheckMs: number;
}

/** Where a host that has history is asked for it, and answers. */
export interface SeedBox {
  /** Series whose history is wanted, up to `birth.bornMs`. */
  readonly waiting: Map<SeriesWatch, WatchedResource>;
  /** Policy windows that ended by then, ascending. Taken in by the next tick, unless the series began anew meanwhile. */
  readonly ready: { readonly watch: SeriesWatch; readonly birth: WatchBirth; readonly windows: readonly ClosedWindow[] }[];
}

export interface WatchState {
  /** By resource id. */
  readonly resources: Map<string, WatchedResource>;
  /** Arrival clock up to which removed and retargeted policies have been looked for, ms. */
  sweptToMs: number;
  /** Not in checkpoints. */
  sweptSet: PolicySet | undefined;
  readonly plans: PlanCache;
  readonly forecastScores: ForecastScores;
  /** By series, the oldest end first: how far it was judged when its alarm ended with its watch, event time, ms. */
  readonly endedAlarms: Map<string, number>;
  /** What conditions remember of series, where it is large. */
  readonly slots: MemorySlots;
  /** Undefined: series begin without their history. Not in checkpoints. */
  seeds: SeedBox | undefined;
}

export function createWatchState(): WatchState {
  return { resources: new Map(), sweptToMs: -Infinity, sweptSet: undefined, plans: new WeakMap(), forecastScores: new Map(), endedAlarms: new Map(), slots: createMemorySlots(), seeds: undefined };
}
