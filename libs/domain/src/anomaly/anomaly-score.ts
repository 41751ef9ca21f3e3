import { anomalyConstants } from './anomaly-constants.js';

export type AnomalyLevel = 'normal' | 'info' | 'warn' | 'critical';

/** What the detector says of one sample. */
export interface AnomalyScore {
  /** 0 is as always, 1 is unheard of; half-way at the evidence of an alarm. */
  readonly score: number;
  readonly level: AnomalyLevel;
  /** The score if no alarm had been raised before: how long an anomaly goes on. */
  readonly scoreBeforeRest: number;
  /** What was judged: the sample, or of a counter its rise per second. */
  readonly seen: number;
  readonly expected: number;
  /** How far from what was expected a single sample may lie without an alarm; 0 while it is not known. */
  readonly margin: number;
  /** What expected came from. */
  readonly basis: 'level' | 'day' | 'week';
  /** What gave it away: one value, the mean of the newest values, or a value that does not change any more. */
  readonly feature: 'value' | 'shift' | 'stuck';
  /** Why evidence was held back: too little was seen, an alarm was just raised, or it comes every day at this hour. */
  readonly quiet: 'learning' | 'rest' | 'habit' | undefined;
}

/** Score at which an alarm is raised when no other is asked for. */
export const defaultAnomalyThreshold = 0.5;
/** From the threshold on, warn and critical begin where this part of the way to 1 is left. */
const warnLeft = 0.7;
const criticalLeft = 0.4;

/** Evidence in powers of ten as a score: each further `alarmEvidence` halves the distance to 1. */
export function scoreOf(evidence: number): number {
  return 1 - Math.pow(2, -evidence / anomalyConstants.alarmEvidence);
}

/** The inverse of `scoreOf`. */
export function evidenceOf(score: number): number {
  return -anomalyConstants.alarmEvidence * Math.log2(1 - score);
}

export function levelOf(score: number, threshold: number): AnomalyLevel {
  const left = 1 - threshold;
  if (score < threshold) return 'normal';
  if (score < 1 - left * warnLeft) return 'info';
  return score < 1 - left * criticalLeft ? 'warn' : 'critical';
}
