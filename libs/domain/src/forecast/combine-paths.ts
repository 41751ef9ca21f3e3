/** Mixes the models' paths by their past errors. */

/** The weight of a model is its error to this power: half the error counts 64 times as much. */
const power = -6;

export interface CombinedPath {
  readonly path: Float64Array;
  /** Of each model, in order; they add up to 1. */
  readonly weights: Float64Array;
}

/** Undefined when no model has a path. A model that was never scored joins only when none was. */
export function combinePaths(paths: readonly Float64Array[], errors: Float32Array): CombinedPath | undefined {
  const weights = new Float64Array(paths.length);
  let best = Infinity;
  for (let model = 0; model < paths.length; model++) if (isUsable(paths[model]!) && errors[model]! < best) best = errors[model]!;
  let sum = 0;
  for (let model = 0; model < paths.length; model++) {
    if (!isUsable(paths[model]!)) continue;
    const error = errors[model]!;
    // Relative to the best, so that no unit can overflow; a model without any error takes all.
    weights[model] = best === Infinity ? 1 : Number.isNaN(error) ? 0 : error === best ? 1 : (error / best) ** power;
    sum += weights[model]!;
  }
  if (sum === 0) return undefined;
  const path = new Float64Array(paths[0]!.length);
  for (let model = 0; model < paths.length; model++) {
    weights[model]! /= sum;
    if (weights[model] === 0) continue;
    for (let bin = 0; bin < path.length; bin++) path[bin]! += weights[model]! * paths[model]![bin]!;
  }
  return { path, weights };
}

function isUsable(path: Float64Array): boolean {
  return !Number.isNaN(path[0]!);
}
