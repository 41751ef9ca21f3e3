/** When a threshold is crossed, if at all: counted over paths of single models that err as the series' own forecasts erred. */

/** Pairs of mirrored paths. The same draws serve every series, so that the same state always gives the same answer. */
const pairs = 96;
/** Odds are so many parts of 1. */
export const pathCount = 2 * pairs;
const longestPath = 60;
const goldenStep = (Math.sqrt(5) - 1) / 2;
/** A crossing is near another time when it lies within so many bins of it. */
const nearBins = 2;
/** A crossing is announced when it is more likely than not, by the mean of both odds: that it comes at all, and that it comes near the time named. */
const announcedOdds = 0.5;
/** A model is drawn by its weight to this power, its past error to the power -4: a mean wants the best, odds want all that may come true. */
const drawnPower = 2 / 3;
/** Share of the combination's deviation that lies around each model: how far models lie apart is part of it. */
const ownShare = 0.9;
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
  /** Of each model, at least as long as `deviation`; what has no weight is not read. */
  readonly paths: readonly Float64Array[];
  readonly weights: Float64Array;
  /** Standard deviation of the combination's error at each bin. */
  readonly deviation: Float64Array;
  /** Correlation of the errors of neighbours. */
  readonly likeness: number;
  readonly threshold: number;
  /** 1 when what lies at or above the threshold has crossed it, -1 for below. */
  readonly side: number;
  /** What lies at the threshold has not crossed it. */
  readonly isStrict?: boolean;
  /** The series stands still at the threshold: what it errs by otherwise does not move it, only a path that leads away. */
  readonly isStill?: boolean;
  /** No path leaves them. */
  readonly low: number;
  readonly high: number;
}

const never: CrossingOdds = { odds: 0, bin: undefined, earliest: undefined, latest: undefined };
let normals: Float32Array | undefined;

export function crossingOdds(input: OddsInput): CrossingOdds {
  const { side, threshold, low, high, isStrict } = input;
  const room = side > 0 ? high - threshold : threshold - low;
  if (isStrict ? room <= 0 : room < 0) return never;
  const drawn = drawModels(input.weights);
  const distances = input.paths.map((path, model) => (drawn.includes(model) ? distancesOf(path, input) : undefined));
  if (!distances.some((distance) => distance?.some((deviations) => deviations <= farthest))) return never;
  const firsts = countFirsts(input, drawn, distances);
  let sum = 0;
  for (const count of firsts) sum += count;
  const odds = sum / pathCount;
  const { bin, mass } = densest(firsts);
  const announced = (odds + mass / pathCount) / 2 >= announcedOdds;
  return { odds, bin: announced ? bin : undefined, earliest: reached(firsts, 0.1), latest: reached(firsts, 0.9) };
}

/** The model that each path errs around. Golden steps spread what a model gets over all draws, and give it its share to within one or two paths. */
function drawModels(weights: Float64Array): Uint8Array {
  const drawn = new Uint8Array(pathCount);
  const shares = weights.map((weight) => weight ** drawnPower);
  let sum = 0;
  for (const share of shares) sum += share;
  const last = weights.findLastIndex((weight) => weight > 0);
  for (let path = 0; path < pathCount; path++) {
    let rest = ((path * goldenStep) % 1) * sum;
    let model = 0;
    while (model < last && rest >= shares[model]!) rest -= shares[model++]!;
    drawn[path] = model;
  }
  return drawn;
}

/** Still to go at each bin, in standard deviations: positive while the path lies on the safe side. */
function distancesOf(path: Float64Array, { deviation, threshold, side, low, high, isStill }: OddsInput): Float64Array {
  return deviation.map((width, bin) => {
    const left = side * (threshold - Math.max(low, Math.min(high, path[bin]!)));
    return isStill && left >= -width ? Infinity : left / Math.max(ownShare * width, Number.MIN_VALUE);
  });
}

/** How many paths cross first in each bin. */
function countFirsts({ deviation, likeness }: OddsInput, drawn: Uint8Array, distances: readonly (Float64Array | undefined)[]): Float64Array {
  const bins = deviation.length;
  const firsts = new Float64Array(bins);
  const draws = (normals ??= drawNormals());
  const fresh = Math.sqrt(1 - likeness * likeness);
  for (let pair = 0; pair < pairs; pair++) {
    const upper = distances[drawn[2 * pair]!]!;
    const lower = distances[drawn[2 * pair + 1]!]!;
    let error = draws[pair * longestPath]!;
    let isAbove = false;
    let isBelow = false;
    for (let bin = 0; bin < bins && !(isAbove && isBelow); bin++) {
      if (bin > 0) error = likeness * error + fresh * draws[pair * longestPath + bin]!;
      if (!isAbove && error >= upper[bin]!) {
        isAbove = true;
        firsts[bin]! += 1;
      }
      if (!isBelow && -error >= lower[bin]!) {
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
