import { anomalyConstants } from './anomaly-constants.js';
import { habitAt, habitBins, type AnomalyModel } from './anomaly-model.js';
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
  let place = habitAt + hour;
  for (let offset = -1; offset <= 1; offset++) {
    const at = habitAt + ((hour + offset + habitBins) % habitBins);
    if (counts[at]! > counts[place]!) place = at;
    const isRecent = daysSince(counts, at, day) <= mostDaysSince;
    if (counts[at]! >= habitDays && isRecent && isLike(bins[at]!, deviation)) known = true;
  }
  learn(model, place, day, deviation);
  return known;
}

function isLike(habit: number, deviation: number): boolean {
  return habit > 0 === deviation > 0 && Math.abs(deviation) <= habitTolerance * Math.abs(habit);
}

function learn({ bins, counts }: AnomalyModel, at: number, day: number, deviation: number): void {
  const before = bins[at]!;
  const since = daysSince(counts, at, day);
  const goesOn = counts[at]! > 0 && since <= mostDaysApart && before > 0 === deviation > 0;
  if (since === 0 && counts[at]! > 0) {
    if (Math.abs(deviation) > Math.abs(before)) bins[at] = deviation;
    return;
  }
  bins[at] = goesOn && Math.abs(before) * fade > Math.abs(deviation) ? before * fade : deviation;
  counts[at] = goesOn ? Math.min(mostHits, counts[at]! + 1) : 1;
  counts[at + habitBins] = day;
}

function daysSince(counts: Uint8Array, at: number, day: number): number {
  return (day - counts[at + habitBins]!) & 255;
}
