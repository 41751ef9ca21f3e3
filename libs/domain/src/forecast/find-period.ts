/** Finds how many bins a season has: a day where the data agrees, else the first lag at which the series comes back to itself. */
const dayMs = 86_400_000;
/** A lag is a season when the series has moved on at most this share of what it moves within the lag. */
const calendarShare = 0.85;
const otherShare = 0.5;
const shortestPeriod = 4;
const mostLags = 224;
/** Pairs that are compared at each lag. */
const comparisons = 160;

/** Periods in bins, 0 for none: `season` the short one, `week` seven days of it. */
export interface Period {
  readonly season: number;
  readonly week: number;
}

/** `bins` without gaps. The mean difference at a lag is the average magnitude difference function (Ross et al. 1974). */
export function findPeriod(bins: Float64Array, widthMs: number): number {
  const day = widthMs >= dayMs ? 7 : Math.round(dayMs / widthMs);
  if (day >= shortestPeriod && bins.length >= 2 * day && returnsAt(bins, day, calendarShare)) return day;
  const longest = Math.min(mostLags, Math.floor(bins.length / 3));
  let farthest = 0;
  let best = 0;
  let bestShare = otherShare;
  for (let lag = 1; lag <= longest; lag++) {
    const moved = movedAt(bins, lag);
    if (lag >= shortestPeriod && farthest > 0 && moved < bestShare * farthest) {
      // A later dip has to be clearly deeper: its multiples are as good as a period itself.
      bestShare = (moved / farthest) * 0.8;
      best = lag;
    }
    if (moved > farthest) farthest = moved;
  }
  return best;
}

/** The week belongs to a day's season alone. */
export function withWeek(season: number, widthMs: number): Period {
  return { season, week: season > 0 && season * widthMs === dayMs ? 7 * season : 0 };
}

function returnsAt(bins: Float64Array, lag: number, share: number): boolean {
  let farthest = 0;
  for (const part of [0.25, 0.375, 0.5, 0.625, 0.75]) farthest = Math.max(farthest, movedAt(bins, Math.max(1, Math.round(lag * part))));
  return movedAt(bins, lag) < share * farthest;
}

/** Mean absolute difference between bins `lag` apart, from pairs spread over the newest two thirds. */
function movedAt(bins: Float64Array, lag: number): number {
  const pairs = bins.length - lag;
  const stride = Math.max(1, Math.floor(pairs / comparisons));
  let sum = 0;
  let count = 0;
  for (let index = bins.length - 1; index >= lag; index -= stride) {
    sum += Math.abs(bins[index]! - bins[index - lag]!);
    count++;
  }
  return count === 0 ? 0 : sum / count;
}
