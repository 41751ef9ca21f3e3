import type { WindowBatch } from '@opsloop/contracts';
import { createColumnPool, type ColumnPool } from './column-pool.js';
import { createMapper, type Mapper } from './mapping-plan.js';
import { nothingAwaited, type EarlyWatch, type RouteWatch, type SlotLimits } from './early-watch.js';
import type { Route } from './route.js';
import { createLayouts, type Layouts } from './series-layout.js';
import { createGrid, type WindowGrid } from './window-grid.js';
import type { WindowSettings } from './window-settings.js';

/** What the partitions of one process share: settings, caches of pure results, and memory that is used again. */
export interface WindowTools {
  readonly settings: WindowSettings;
  /** Of resources that are new. */
  readonly grid: WindowGrid;
  readonly mapper: Mapper;
  readonly layouts: Layouts;
  readonly pool: ColumnPool;
  /** Samples of the row at hand on their way into a block. */
  readonly row: { slots: Uint32Array; values: Float64Array };
  /** Replaced when policies change. */
  early: EarlyWatch;
  readonly routeWatches: WeakMap<readonly SlotLimits[], WeakMap<Route, RouteWatch>>;
}

/** Takes a batch of windows. Its columns are used again: read or encode them before returning. */
export type EmitWindows = (batch: WindowBatch) => void;

export function createWindowTools(settings: WindowSettings): WindowTools {
  return { settings, grid: createGrid(settings.widthMs), mapper: createMapper(), layouts: createLayouts(settings.maxSeries), pool: createColumnPool(), row: { slots: new Uint32Array(256), values: new Float64Array(256) }, early: nothingAwaited, routeWatches: new WeakMap() };
}

/** Makes the row's room at least `length`. */
export function growRow({ row }: WindowTools, length: number): void {
  if (row.values.length >= length) return;
  row.slots = new Uint32Array(length * 2);
  row.values = new Float64Array(length * 2);
}

/** Why samples do not count. */
export const dropReasons = ['late', 'duplicate', 'series-limit', 'source-limit', 'window-limit', 'counter-log', 'overflow'] as const;
export type DropReason = (typeof dropReasons)[number];

/** What a partition did since it was created. */
export interface WindowStats {
  samples: number;
  windows: number;
  corrections: number;
  /** Windows that were emitted while they were open. */
  provisional: number;
  readonly dropped: Record<DropReason, number>;
}

export function createWindowStats(): WindowStats {
  return { samples: 0, windows: 0, corrections: 0, provisional: 0, dropped: { late: 0, duplicate: 0, 'series-limit': 0, 'source-limit': 0, 'window-limit': 0, 'counter-log': 0, overflow: 0 } };
}
