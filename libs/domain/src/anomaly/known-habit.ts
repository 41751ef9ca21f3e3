import { anomalyConstants } from './anomaly-constants.js';
import { daysAt, habitAt, habitBins, hitsAt, type AnomalyModel } from './anomaly-model.js';
import { dayMs } from './seasonal-profile.js';

const { habitDays, habitTolerance } = anomalyConstants;
/** A habit is kept over one day without it. */
const mostDaysApart = 2;
const mostDaysSince = 3;
const mostHits = 5;
/** What an old deviation still counts for when a smaller one comes on another day. */
const fade = 0.7;

/**
 * Whether a deviation of this size and sign came at this hour, give or take one, on several days before: the backup at
 * night, the report in the morning. Then learns it. Only deviations that are already rare should be asked about.
 */
export function knownHabit(model: AnomalyModel, timeMs: number, deviation: number): boolean {
  const { bins, counts } = model;
  const day = Math.floor(timeMs / dayMs) & 255;
  const hour = Math.floor(((timeMs / dayMs) % 1 + 1) % 1 * habitBins);
  let known = false;
  let place = hour;
  for (let offset = -1; offset <= 1; offset++) {
    const at = (hour + offset + habitBins) % habitBins;
    const hits = counts[hitsAt + at]!;
    if (hits > counts[hitsAt + place]!) place = at;
    if (hits >= habitDays && daysSince(counts, at, day) <= mostDaysSince && isLike(bins[habitAt + at]!, deviation)) known = true;
  }
  learn(model, place, day, deviation);
  return known;
}

function isLike(habit: number, deviation: number): boolean {
  return habit > 0 === deviation > 0 && Math.abs(deviation) <= habitTolerance * Math.abs(habit);
}

function learn({ bins, counts }: AnomalyModel, hour: number, day: number, deviation: number): void {
  const before = bins[habitAt + hour]!;
  const hits = counts[hitsAt + hour]!;
  const since = daysSince(counts, hour, day);
  const goesOn = hits > 0 && since <= mostDaysApart && before > 0 === deviation > 0;
  if (since === 0 && hits > 0) {
    if (Math.abs(deviation) > Math.abs(before)) bins[habitAt + hour] = deviation;
    return;
  }
  bins[habitAt + hour] = goesOn && Math.abs(before) * fade > Math.abs(deviation) ? before * fade : deviation;
  counts[hitsAt + hour] = goesOn ? Math.min(mostHits, hits + 1) : 1;
  counts[daysAt + hour] = day;
}

function daysSince(counts: Uint8Array, hour: number, day: number): number {
  return (day - counts[daysAt + hour]!) & 255;
}
