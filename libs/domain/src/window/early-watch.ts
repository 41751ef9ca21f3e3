import type { Attributes, Resource, SeriesDictionary } from '@opsloop/contracts';

/** A value that decides a condition at once when a sample lies beyond it. */
export interface EarlyLimit {
  readonly value: number;
  /** `>=` and `<=`: the value itself lies beyond it, too. */
  readonly orEqual: boolean;
}

/** Both lists begin with the limit that is reached first. */
export interface SlotLimits {
  readonly slot: number;
  readonly upwards: readonly EarlyLimit[];
  readonly downwards: readonly EarlyLimit[];
}

/** Knows which series somebody waits for while their window is still open. */
export interface EarlyWatch {
  /** Slots ascend. The same list comes back for resources of the same kind; undefined where nothing is waited for. */
  limitsOf(resource: Resource, attributes: Attributes, dictionary: SeriesDictionary): readonly SlotLimits[] | undefined;
}

export const nothingAwaited: EarlyWatch = { limitsOf: () => undefined };

/** The awaited series among the gauges of a route, as parallel columns. A rate can be undone by a late sample, so counters wait for their window. */
export interface RouteWatch {
  /** Index into `route.gauges`, and the slot there. */
  readonly at: Uint32Array;
  readonly slots: Uint32Array;
  /** Nothing is decided strictly between them. */
  readonly greatest: Float64Array;
  readonly least: Float64Array;
  readonly limits: readonly SlotLimits[];
  /** By slot: index into the columns, for rows that hold only some slots. */
  readonly indexOf: ReadonlyMap<number, number>;
}

/** What a binding was prepared for. */
export interface BoundWatch {
  readonly early: EarlyWatch;
  readonly attributes: Attributes;
  /** By part of the binding. */
  readonly parts: readonly (RouteWatch | undefined)[];
}
