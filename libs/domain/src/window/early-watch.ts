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
