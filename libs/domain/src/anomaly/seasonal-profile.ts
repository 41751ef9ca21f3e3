import { anomalyConstants } from './anomaly-constants.js';
import { dayBins, mostTimes, setTimesFilled, slot, timesFilled, weekAt, weekBins, type AnomalyModel } from './anomaly-model.js';

export const dayMs = 86_400_000;
const weekMs = 7 * dayMs;

/** Where a profile keeps its bins, and the numbers of the bin that is being filled. */
interface ProfilePlace {
  readonly at: number;
  readonly bins: number;
  readonly periodMs: number;
  readonly bin: number;
  readonly sum: number;
  readonly count: number;
}

/** Half hours of the day, UTC. */
export const dayProfile: ProfilePlace = { at: 0, bins: dayBins, periodMs: dayMs, bin: slot.dayBin, sum: slot.daySum, count: slot.dayCount };
/** Hours of the week, UTC. */
export const weekProfile: ProfilePlace = { at: weekAt, bins: weekBins, periodMs: weekMs, bin: slot.weekBin, sum: slot.weekSum, count: slot.weekCount };

/** Moves a profile to the bin of this time; a bin that was left learns the mean of its samples. Gives the place of the bin. */
export function enterBin(model: AnomalyModel, place: ProfilePlace, timeMs: number): number {
  const { numbers } = model;
  const phaseMs = timeMs - Math.floor(timeMs / place.periodMs) * place.periodMs;
  const bin = Math.min(place.bins - 1, Math.floor((phaseMs / place.periodMs) * place.bins));
  if (bin !== numbers[place.bin]) {
    if (numbers[place.count]! > 0) learnBin(model, place.at + numbers[place.bin]!, numbers[place.sum]! / numbers[place.count]!);
    numbers[place.bin] = bin;
    numbers[place.sum] = 0;
    numbers[place.count] = 0;
  }
  return place.at + bin;
}

function learnBin(model: AnomalyModel, at: number, mean: number): void {
  const times = timesFilled(model, at);
  if (times < mostTimes) setTimesFilled(model, at, times + 1);
  const { bins } = model;
  bins[at]! += Math.max(anomalyConstants.profileRate, 1 / (times + 1)) * (mean - bins[at]!);
}

/** Adds a sample, as its distance from the origin, to the bin that is being filled. */
export function addToBin({ numbers }: AnomalyModel, place: ProfilePlace, distance: number): void {
  numbers[place.sum]! += distance;
  numbers[place.count]! += 1;
}
