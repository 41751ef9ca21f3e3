import type { ResourceWindows } from './resource-windows.js';
import type { EmitWindows, WindowStats, WindowTools } from './window-tools.js';

/** One record, or one tick, as it meets one resource. */
export interface StepContext {
  readonly windows: ResourceWindows;
  /** Position of the record: the revision of what it changes. */
  readonly position: number;
  /** Arrival clock of the partition. */
  readonly clockMs: number;
  readonly tools: WindowTools;
  readonly stats: WindowStats;
  readonly emit: EmitWindows;
}
