/**
 * Forecasts judged when their time has come: what a policy's forecasts are worth. hit: the threshold was reached inside the
 * interval; early: before it; late: after it; false: never; missed: nothing was announced. Totals are sums, so parts can be added.
 */
import { thresholdLevels, type CrossingTotals, type ForecastTotals, type ThresholdLevel } from '@opsloop/contracts';

/** A crossing that was announced. Event times, ms. */
export interface Announcement {
  readonly madeAtMs: number;
  /** 80 % interval of the time, and the time itself. */
  readonly earliestMs: number;
  readonly crossesAtMs: number;
  /** Undefined when the crossing may come after the horizon. */
  readonly latestMs: number | undefined;
}

/** What is waited for at one threshold of one series. Plain JSON, changed in place. */
export interface AwaitedCrossing {
  /** One at a time, and it stays as it was first told: later forecasts must not improve it. */
  open: Announcement | undefined;
  /** When the series was last seen beyond the threshold; undefined: never. */
  beyondMs: number | undefined;
}

export interface MeasuredBin {
  readonly fromMs: number;
  readonly toMs: number;
  /** Its extreme on the side of the threshold. */
  readonly value: number;
}

/** How far the times of forecasts are rounded, and how long the series must have been back for a crossing to be a new one, ms. */
export interface CrossingRules {
  readonly slackMs: number;
  readonly calmMs: number;
}

export interface CrossingSummary {
  /** Forecasts that were judged. */
  readonly scored: number;
  /** Hits of all that were judged; undefined before the first. */
  readonly hitRate: number | undefined;
  readonly falseRate: number | undefined;
  /** Crossings that nobody announced, of all crossings. */
  readonly missedRate: number | undefined;
  readonly meanLeadSeconds: number | undefined;
  readonly shortestLeadSeconds: number | undefined;
  readonly meanErrorSeconds: number | undefined;
}

export interface ScorecardSummary extends CrossingSummary {
  /** Share of points inside their 80 % interval. */
  readonly coverage: number | undefined;
  /** Those of which anything was judged, mildest first. */
  readonly levels?: readonly (CrossingSummary & { readonly level: ThresholdLevel })[];
}

export function createCrossingTotals(): CrossingTotals {
  return { hit: 0, early: 0, late: 0, false: 0, missed: 0, leadSumSeconds: 0, errorSumSeconds: 0 };
}

export function createForecastTotals(): ForecastTotals {
  return { ...createCrossingTotals(), points: 0, covered: 0 };
}

/** A bin was measured, and its value is beyond the threshold or not. Times ascend. Settled forecasts are added to the totals. */
export function settleCrossing(awaited: AwaitedCrossing, bin: MeasuredBin, isBeyond: boolean, { slackMs, calmMs }: CrossingRules, totals: CrossingTotals): void {
  const { open, beyondMs } = awaited;
  if (isBeyond) {
    awaited.open = undefined;
    awaited.beyondMs = bin.toMs;
    if (open) addCrossing(totals, open, bin.fromMs, slackMs);
    else if (beyondMs !== undefined ? bin.fromMs - beyondMs > calmMs : true) totals.missed += 1;
  } else if (open && bin.fromMs > lastChanceMs(open) + slackMs) {
    awaited.open = undefined;
    totals.false += 1;
  }
}

function addCrossing(totals: CrossingTotals, open: Announcement, crossedMs: number, slackMs: number): void {
  totals[crossedMs < open.earliestMs - slackMs ? 'early' : crossedMs > (open.latestMs ?? Infinity) + slackMs ? 'late' : 'hit'] += 1;
  const leadSeconds = Math.max(0, crossedMs - open.madeAtMs) / 1_000;
  totals.leadSumSeconds += leadSeconds;
  totals.shortestLeadSeconds = Math.min(totals.shortestLeadSeconds ?? Infinity, leadSeconds);
  totals.errorSumSeconds += Math.abs(crossedMs - open.crossesAtMs) / 1_000;
}

/** A crossing after the interval is late, until as much time has gone by again as the interval's end lay ahead. */
function lastChanceMs({ madeAtMs, crossesAtMs, latestMs }: Announcement): number {
  const endMs = latestMs ?? crossesAtMs;
  return endMs + (endMs - madeAtMs);
}

/** Adds what was judged at the threshold of a level, if anything was. */
export function addLevel(sum: ForecastTotals, level: ThresholdLevel, part: CrossingTotals): void {
  if (part.hit + part.early + part.late + part.false + part.missed === 0) return;
  addCrossings(sum, part);
  addCrossings(((sum.levels ??= {})[level] ??= createCrossingTotals()), part);
}

export function addTotals(sum: ForecastTotals, part: ForecastTotals): void {
  addCrossings(sum, part);
  sum.points += part.points;
  sum.covered += part.covered;
  for (const level of thresholdLevels) {
    const own = part.levels?.[level];
    if (own) addCrossings(((sum.levels ??= {})[level] ??= createCrossingTotals()), own);
  }
}

function addCrossings(sum: CrossingTotals, part: CrossingTotals): void {
  for (const name of ['hit', 'early', 'late', 'false', 'missed', 'leadSumSeconds', 'errorSumSeconds'] as const) sum[name] += part[name];
  if (part.shortestLeadSeconds !== undefined) sum.shortestLeadSeconds = Math.min(sum.shortestLeadSeconds ?? Infinity, part.shortestLeadSeconds);
}

export function summariseTotals(totals: ForecastTotals): ScorecardSummary {
  const { points, covered, levels } = totals;
  const known = thresholdLevels.flatMap((level) => (levels?.[level] ? [{ level, ...summariseCrossings(levels[level]) }] : []));
  return { ...summariseCrossings(totals), coverage: share(covered, points), ...(known.length > 0 && { levels: known }) };
}

function summariseCrossings({ hit, early, late, missed, leadSumSeconds, shortestLeadSeconds, errorSumSeconds, ...rest }: CrossingTotals): CrossingSummary {
  const came = hit + early + late;
  const scored = came + rest.false;
  return {
    scored, hitRate: share(hit, scored), falseRate: share(rest.false, scored), missedRate: share(missed, came + missed),
    meanLeadSeconds: share(leadSumSeconds, came), shortestLeadSeconds, meanErrorSeconds: share(errorSumSeconds, came),
  };
}

function share(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : part / whole;
}
