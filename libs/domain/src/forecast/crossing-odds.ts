/** When a threshold is crossed, if at all: counted over paths that err as the series' own forecasts erred. */

/** Pairs of mirrored paths. The same draws serve every series, so that the same state always gives the same answer. */
const pairs = 96;
/** Odds are so many parts of 1. */
export const pathCount = 2 * pairs;
const longestPath = 60;
/** A crossing is near another time when it lies within so many bins of it. */
const nearBins = 2;
/** A crossing is announced when it is more likely than not, by the mean of both odds: that it comes at all, and that it comes near the time named. */
const announcedOdds = 0.5;
/** Beyond so many standard deviations no path of ours goes. */
const farthest = 4.5;

export interface CrossingOdds {
  /** Odds that the threshold is crossed within the path. */
  readonly odds: number;
  /** Index of the bin near which the most paths cross; undefined when a crossing is not to be announced. */
  readonly bin: number | undefined;
  /** First bin by which a tenth of all paths have crossed, and by which nine tenths have; undefined when they do not. */
  readonly earliest: number | undefined;
  readonly latest: number | undefined;
}

export interface OddsInput {
  readonly path: Float64Array;
  /** Standard deviation of the error at each bin. */
  readonly deviation: Float64Array;
  /** Correlation of the errors of neighbours. */
  readonly likeness: number;
  readonly threshold: number;
  /** 1 when what lies at or above the threshold has crossed it, -1 for below. */
  readonly side: number;
  /** No path leaves them. */
  readonly low: number;
  readonly high: number;
}

const never: CrossingOdds = { odds: 0, bin: undefined, earliest: undefined, latest: undefined };
let normals: Float32Array | undefined;

export function crossingOdds(input: OddsInput): CrossingOdds {
  const { path, deviation, side, threshold, low, high } = input;
  if (side > 0 ? high < threshold : low > threshold) return never;
  let nearest = -Infinity;
  for (let bin = 0; bin < path.length; bin++) nearest = Math.max(nearest, side * (path[bin]! - threshold) + farthest * deviation[bin]!);
  if (nearest < 0) return never;
  const firsts = countFirsts(input);
  let sum = 0;
  for (const count of firsts) sum += count;
  const odds = sum / pathCount;
  const { bin, mass } = densest(firsts);
  const announced = (odds + mass / pathCount) / 2 >= announcedOdds;
  return { odds, bin: announced ? bin : undefined, earliest: reached(firsts, 0.1), latest: reached(firsts, 0.9) };
}

/** How many paths cross first in each bin. */
function countFirsts({ path, deviation, likeness, threshold, side }: OddsInput): Float64Array {
  const firsts = new Float64Array(path.length);
  const draws = (normals ??= drawNormals());
  const fresh = Math.sqrt(1 - likeness * likeness);
  // Distance still to go, in standard deviations: positive while the path lies on the safe side.
  const distance = path.map((value, bin) => (side * (threshold - value)) / Math.max(deviation[bin]!, Number.MIN_VALUE));
  for (let pair = 0; pair < pairs; pair++) {
    let error = draws[pair * longestPath]!;
    let isAbove = false;
    let isBelow = false;
    for (let bin = 0; bin < path.length && !(isAbove && isBelow); bin++) {
      if (bin > 0) error = likeness * error + fresh * draws[pair * longestPath + bin]!;
      if (!isAbove && error >= distance[bin]!) {
        isAbove = true;
        firsts[bin]! += 1;
      }
      if (!isBelow && -error >= distance[bin]!) {
        isBelow = true;
        firsts[bin]! += 1;
      }
    }
  }
  return firsts;
}

function densest(firsts: Float64Array): { bin: number; mass: number } {
  let best = 0;
  let mass = -1;
  for (let bin = 0; bin < firsts.length; bin++) {
    // A little for the bin itself settles ties.
    let near = firsts[bin]! * 0.01;
    for (let other = Math.max(0, bin - nearBins); other <= Math.min(firsts.length - 1, bin + nearBins); other++) near += firsts[other]!;
    if (near > mass) {
      mass = near;
      best = bin;
    }
  }
  return { bin: best, mass };
}

function reached(firsts: Float64Array, share: number): number | undefined {
  let sum = 0;
  for (let bin = 0; bin < firsts.length; bin++) {
    sum += firsts[bin]!;
    if (sum >= share * pathCount) return bin;
  }
  return undefined;
}

/** Normal numbers from a generator that always starts the same (Numerical Recipes' constants), by Box and Muller. */
function drawNormals(): Float32Array {
  let seed = 12_345;
  const uniform = (): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return (seed + 0.5) / 4_294_967_296;
  };
  return Float32Array.from({ length: pairs * longestPath }, () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()));
}
