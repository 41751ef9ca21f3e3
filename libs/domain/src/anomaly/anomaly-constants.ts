/**
 * Every number that the detector was given, for all series alike; docs/anomaly.md says how each was chosen.
 * Counts of samples are for series with a sample every five minutes or slower; finer series remember for as long in time.
 */
export const anomalyConstants = {
  /** Evidence, in powers of ten of rarity, at which an alarm is raised when no threshold is asked for. */
  alarmEvidence: 2.3,
  /** Share of the newest sample in the slow level. */
  levelRate: 0.002,
  /** Share of the newest day or week in a bin of the profile. */
  profileRate: 0.25,
  /** A profile takes over when its mean error is below this part of that of the simpler one. */
  profileGain: 0.6,
  /** Share of the newest sample in the mean errors that the profiles compete by. */
  errorRate: 0.002,
  /** No single error counts more than so many times the mean error. */
  errorClip: 10,
  /** Samples in the short mean of deviations, the sign of a shift. */
  shiftSamples: 10,
  /** No deviation counts more in the short mean than so many margins of a single value. */
  shiftClip: 3,
  /** Weight of the newest value; the short mean has the rest. */
  valueWeight: 0.45,
  /** The tail of deviations begins where this part of them lies above. */
  tailShare: 0.05,
  /** Deviations are bent by this power before an exponential tail is fitted: tails of real series are heavier than exponential. */
  tailPower: 0.7,
  /** How far the begin of the tail moves with each sample, in mean excesses. */
  tailStep: 0.04,
  /** Share of the newest excess in the mean excess. */
  excessRate: 0.02,
  /** No excess counts more than so many mean excesses. */
  excessClip: 8,
  /** Alarms a week that a series may raise at `alarmEvidence`, ten times fewer for each further power of ten; more raise its bar. */
  alarmsPerWeek: 2,
  /** Evidence by which each alarm raises the bar; it sinks by as much as the alarms that are allowed would raise it. */
  warinessStep: 0.1,
  /** Samples without weaker alarms after an alarm. */
  restSamples: 100,
  /** An alarm this many times as strong as the last is told in spite of the rest. */
  escalation: 2,
  /** What is left of evidence while at rest. */
  restShare: 0.3,
  /** What deviated at the same hour on so many days before, at most two days apart, is habit ... */
  habitDays: 3,
  /** ... as long as it is no more than this much as large. */
  habitTolerance: 1.2,
  /** Samples of exactly the same value that are an anomaly in a series whose values seldom repeat. */
  stuckSamples: 24,
  /** Values seldom repeat below this share. */
  stuckShare: 0.1,
} as const;
