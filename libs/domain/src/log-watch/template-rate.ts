import { newestShare, surgeDeviations, surgeLines, surgeTimes } from './log-watch-limits.js';

/** How often a template occurs, by minutes of event time. Mean and variance are exponentially weighted; minutes without lines count as zero. */
export interface TemplateRate {
  minute: number;
  count: number;
  mean: number;
  variance: number;
  isSurging: boolean;
}

const minuteMs = 60_000;
/** After so many silent minutes nothing is left of what was usual. */
const longestMemory = 120;

export function startRate(timeMs: number): TemplateRate {
  return { minute: Math.floor(timeMs / minuteMs), count: 0, mean: 0, variance: 0, isSurging: false };
}

/** Adds lines of a time. Answers what was usual when a surge begins with them; a surge begins again only after a minute without one. */
export function stepRate(rate: TemplateRate, timeMs: number, lines: number): { readonly expected: number } | undefined {
  const minute = Math.floor(timeMs / minuteMs);
  if (minute < rate.minute) return undefined;
  if (minute > rate.minute) closeMinutes(rate, minute);
  rate.count += lines;
  if (rate.isSurging || rate.count < surgeLimit(rate)) return undefined;
  rate.isSurging = true;
  return { expected: rate.mean };
}

/** What is usual of two templates that turned out to be one. */
export function joinRates(one: TemplateRate, other: TemplateRate): TemplateRate {
  const minute = Math.max(one.minute, other.minute);
  for (const rate of [one, other]) if (rate.minute < minute) closeMinutes(rate, minute);
  return { minute, count: one.count + other.count, mean: one.mean + other.mean, variance: one.variance + other.variance, isSurging: one.isSurging || other.isSurging };
}

/** Counts of rare events scatter as the square root of their mean, even where none was seen to scatter. */
function surgeLimit({ mean, variance }: TemplateRate): number {
  return Math.max(surgeLines, surgeTimes * mean, mean + surgeDeviations * Math.sqrt(variance + mean));
}

function closeMinutes(rate: TemplateRate, minute: number): void {
  if (rate.count < surgeLimit(rate)) rate.isSurging = false;
  learn(rate, rate.count);
  const silent = Math.min(longestMemory, minute - rate.minute - 1);
  for (let i = 0; i < silent; i++) learn(rate, 0);
  if (silent > 0) rate.isSurging = false;
  rate.minute = minute;
  rate.count = 0;
}

/** West's incremental form of an exponentially weighted mean and variance. */
function learn(rate: TemplateRate, count: number): void {
  const difference = count - rate.mean;
  const step = newestShare * difference;
  rate.mean += step;
  rate.variance = (1 - newestShare) * (rate.variance + difference * step);
}
