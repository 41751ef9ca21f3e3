/** Values that a metric cannot pass: those it is known by, and those at which it was seen to stop again and again. */

/** Visits to the extreme, and its share of all bins, that make it a bound. */
const fewestVisits = 5;
const smallestShare = 0.03;
/** Bins this near to the extreme, as a share of the range, count as approaching it. */
const nearShare = 0.1;

export interface Bounds {
  readonly low: number;
  readonly high: number;
}

/** `floor` and `ceiling` are NaN where the metric has none. A series that is cut off stays at its extreme more often than just short of it. */
export function findBounds(values: Float64Array, floor: number, ceiling: number): Bounds {
  let lowest = Infinity;
  let highest = -Infinity;
  for (const value of values) {
    if (value < lowest) lowest = value;
    if (value > highest) highest = value;
  }
  const range = highest - lowest;
  return {
    low: !Number.isNaN(floor) ? floor : isCutOff(values, lowest, range, 1) ? lowest : -Infinity,
    high: !Number.isNaN(ceiling) ? ceiling : isCutOff(values, highest, range, -1) ? highest : Infinity,
  };
}

function isCutOff(values: Float64Array, extreme: number, range: number, inward: 1 | -1): boolean {
  if (!(range > 0)) return false;
  let at = 0;
  let near = 0;
  let visits = 0;
  let wasAt = true;
  for (const value of values) {
    const distance = (inward * (value - extreme)) / range;
    const isAt = distance < 1e-4;
    if (isAt) at++;
    else if (distance < nearShare) near++;
    if (isAt && !wasAt) visits++;
    wasAt = isAt;
  }
  return visits >= fewestVisits && at >= smallestShare * values.length && at > near;
}
