import type { MappingShape } from './mapping-plan.js';

/** Where a series has no slot because the resource has too many. */
export const noSlot = 0xffff_ffff;

/** What a route must know of the slots it leads to. */
export interface SlotKinds {
  /** By slot: index among the counters, or -1. */
  readonly counterOf: Int32Array;
  /** By slot; see MappingShape. */
  readonly rateScales: Float64Array;
}

/** Where the values of a raw row go, as parallel columns: tight loops instead of look-ups. */
export interface Route {
  /** Number of raw slots that have a place here. */
  readonly samples: number;
  readonly gauges: { readonly raw: Uint32Array; readonly slot: Uint32Array; readonly scale: Float64Array; readonly offset: Float64Array };
  readonly counters: { readonly raw: Uint32Array; readonly slot: Uint32Array; readonly counter: Uint32Array; readonly scale: Float64Array };
  /** For rows that hold only some slots. Made when the first such row comes. */
  sparse(): SparseRoute;
}

/** Steps of raw slot r: first[r] .. first[r + 1]. */
export interface SparseRoute {
  readonly first: Uint32Array;
  readonly slot: Uint32Array;
  /** Index among the counters, or -1. */
  readonly counter: Int32Array;
  readonly scale: Float64Array;
  readonly offset: Float64Array;
  readonly hasDuplicates: boolean;
}

/** The route of those targets that are `wanted` and have a slot. */
export function createRoute(shape: MappingShape, slotOf: Uint32Array, layout: SlotKinds, wanted: (target: number) => boolean): Route {
  const steps = [...shape.rawSlots.keys()].filter((step) => {
    const target = shape.targetOf[step]!;
    return slotOf[target] !== noSlot && wanted(target);
  });
  const lastStepOf = new Map(steps.map((step) => [shape.targetOf[step]!, step]));
  const slotAt = (step: number) => slotOf[shape.targetOf[step]!]!;
  // A counter is kept as it was sent, so that its differences are exact; only a sender that counts in another unit is converted.
  const scaleAt = (step: number) => (shape.isCounter[shape.targetOf[step]!] ? shape.scales[step]! / layout.rateScales[slotAt(step)]! : shape.scales[step]!);
  const whole = steps.filter((step) => lastStepOf.get(shape.targetOf[step]!) === step);
  const gauges = whole.filter((step) => !shape.isCounter[shape.targetOf[step]!]);
  const counters = whole.filter((step) => shape.isCounter[shape.targetOf[step]!]);
  let sparse: SparseRoute | undefined;
  return {
    samples: new Set(steps.map((step) => shape.rawSlots[step]!)).size,
    gauges: { raw: Uint32Array.from(gauges, (step) => shape.rawSlots[step]!), slot: Uint32Array.from(gauges, slotAt), scale: Float64Array.from(gauges, scaleAt), offset: Float64Array.from(gauges, (step) => shape.offsets[step]!) },
    counters: { raw: Uint32Array.from(counters, (step) => shape.rawSlots[step]!), slot: Uint32Array.from(counters, slotAt), counter: Uint32Array.from(counters, (step) => layout.counterOf[slotAt(step)]!), scale: Float64Array.from(counters, scaleAt) },
    sparse() {
      sparse ??= {
        first: firstSteps(shape, steps),
        slot: Uint32Array.from(steps, slotAt),
        counter: Int32Array.from(steps, (step) => layout.counterOf[slotAt(step)]!),
        scale: Float64Array.from(steps, scaleAt),
        offset: Float64Array.from(steps, (step) => shape.offsets[step]!),
        hasDuplicates: shape.hasDuplicates,
      };
      return sparse;
    },
  };
}

function firstSteps({ rawSize, rawSlots }: MappingShape, steps: readonly number[]): Uint32Array {
  const first = new Uint32Array(rawSize + 1);
  for (const step of steps) first[rawSlots[step]! + 1]!++;
  for (let raw = 0; raw < rawSize; raw++) first[raw + 1]! += first[raw]!;
  return first;
}
