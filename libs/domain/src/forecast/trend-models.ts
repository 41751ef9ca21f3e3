/** A straight line through the newest bins that outliers cannot turn (Theil-Sen on pairs half a window apart). */
const mostPairs = 96;

/** Follows the line of the last `window` values, each step `damping` times the one before. Writes the path. */
export function followTrend(values: Float64Array, length: number, window: number, damping: number, path: Float64Array): void {
  const half = Math.max(1, window >> 1);
  const first = length - window;
  const stride = Math.max(1, Math.floor((window - half) / mostPairs));
  const slopes = new Float64Array(Math.floor((length - 1 - half - first) / stride) + 1);
  for (let pair = 0; pair < slopes.length; pair++) {
    const index = length - 1 - pair * stride;
    slopes[pair] = (values[index]! - values[index - half]!) / half;
  }
  const slope = middle(slopes.sort());
  const offsets = new Float64Array(Math.min(window, 5));
  // The line passes through the middle of the newest bins, so that the last one's noise does not lift all of it.
  for (let back = 0; back < offsets.length; back++) offsets[back] = values[length - 1 - back]! + slope * back;
  let value = middle(offsets.sort());
  let step = slope;
  for (let ahead = 0; ahead < path.length; ahead++) {
    step *= damping;
    value += step;
    path[ahead] = value;
  }
}

function middle(sorted: Float64Array): number {
  const half = sorted.length >> 1;
  return sorted.length === 0 ? 0 : sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
