/** Forecasts judged when their time has come: what a policy's forecasts are worth, beside the policy. */

/** A crossing that was announced. One is open at a time. */
export interface Announcement {
  readonly madeAtMs: number;
  /** 80 % interval of the time, and the time itself. */
  readonly earliestMs: number;
  readonly crossesAtMs: number;
  /** Infinite when the crossing may come after the horizon. */
  readonly latestMs: number;
}

/** hit: inside the interval; early: it came before it; late: it came after it; false: it never came; missed: nothing was announced. */
export type ForecastOutcome = 'hit' | 'early' | 'late' | 'false' | 'missed';

export interface Scorecard {
  readonly outcomes: Readonly<Record<ForecastOutcome, number>>;
  /** Time from the announcement to the crossing, ms, over hits, early and late ones. */
  readonly leadSumMs: number;
  readonly shortestLeadMs: number;
  /** Absolute distance of the named time from the crossing, ms, over the same. */
  readonly errorSumMs: number;
  /** Points of forecasts whose time came, and those that lay inside their 80 % interval. */
  readonly points: number;
  readonly covered: number;
  readonly open: Announcement | undefined;
  /** A forecast whose points wait for what they foretold; one at a time, so that memory is bounded. */
  readonly watched: readonly WatchedPoint[];
  readonly isCrossed: boolean;
}

export interface WatchedPoint {
  readonly timeMs: number;
  readonly low: number;
  readonly high: number;
}

export interface ScorecardSummary {
  readonly announced: number;
  /** Hits of all announcements that were judged; undefined before the first. */
  readonly hitRate: number | undefined;
  readonly falseRate: number | undefined;
  /** Crossings that nobody announced, of all crossings. */
  readonly missedRate: number | undefined;
  readonly meanLeadMs: number | undefined;
  readonly shortestLeadMs: number | undefined;
  readonly meanErrorMs: number | undefined;
  /** Share of points inside their 80 % interval. */
  readonly coverage: number | undefined;
}

const nothing: Record<ForecastOutcome, number> = { hit: 0, early: 0, late: 0, false: 0, missed: 0 };
/** Points of one forecast that are kept until their time comes. */
const mostWatched = 16;

export function createScorecard(): Scorecard {
  return { outcomes: nothing, leadSumMs: 0, shortestLeadMs: Infinity, errorSumMs: 0, points: 0, covered: 0, open: undefined, watched: [], isCrossed: false };
}

/** A forecast was made. An announcement that is open stays as it was first told: later ones must not improve it. */
export function noteForecast(card: Scorecard, announcement: Announcement | undefined, points: readonly WatchedPoint[]): Scorecard {
  const open = card.open ?? (card.isCrossed ? undefined : announcement);
  if (card.watched.length > 0) return open === card.open ? card : { ...card, open };
  const stride = Math.max(1, Math.ceil(points.length / mostWatched));
  return { ...card, open, watched: points.filter((_, index) => index % stride === 0) };
}

/**
 * What was measured over a bin that ends at `toMs`: its extreme on the side of the threshold, and whether that crossed it.
 * Times ascend. `slackMs` is how far the times of forecasts are rounded: half a bin.
 */
export function noteMeasured(card: Scorecard, seen: { readonly fromMs: number; readonly toMs: number; readonly value: number; readonly isCrossed: boolean; readonly slackMs: number }): Scorecard {
  let next = scorePoints(card, seen);
  const { open } = next;
  if (seen.isCrossed && !card.isCrossed) next = open ? settle(next, open, seen.fromMs, seen.slackMs) : count(next, 'missed');
  // An open end of the interval is judged by as much time again as was foretold.
  else if (open && seen.fromMs > lastChanceMs(open) + seen.slackMs) next = { ...count(next, 'false'), open: undefined };
  return seen.isCrossed === next.isCrossed ? next : { ...next, isCrossed: seen.isCrossed };
}

function scorePoints(card: Scorecard, { fromMs, toMs, value }: { readonly fromMs: number; readonly toMs: number; readonly value: number }): Scorecard {
  if (card.watched.length === 0 || card.watched[0]!.timeMs >= toMs) return card;
  const due = card.watched.filter((point) => point.timeMs < toMs);
  // Points before the bin met a gap: nothing was measured that could judge them.
  const judged = due.filter((point) => point.timeMs >= fromMs);
  const covered = judged.filter((point) => point.low <= value && value <= point.high).length;
  return { ...card, watched: card.watched.slice(due.length), points: card.points + judged.length, covered: card.covered + covered };
}

function settle(card: Scorecard, open: Announcement, crossedMs: number, slackMs: number): Scorecard {
  const outcome = crossedMs < open.earliestMs - slackMs ? 'early' : crossedMs > open.latestMs + slackMs ? 'late' : 'hit';
  const leadMs = Math.max(0, crossedMs - open.madeAtMs);
  return {
    ...count(card, outcome), open: undefined, leadSumMs: card.leadSumMs + leadMs, shortestLeadMs: Math.min(card.shortestLeadMs, leadMs),
    errorSumMs: card.errorSumMs + Math.abs(crossedMs - open.crossesAtMs),
  };
}

/** A crossing after the interval is late, until as much time has gone by again as the interval's end lay ahead. */
function lastChanceMs({ madeAtMs, crossesAtMs, latestMs }: Announcement): number {
  const endMs = Number.isFinite(latestMs) ? latestMs : crossesAtMs;
  return endMs + (endMs - madeAtMs);
}

function count(card: Scorecard, outcome: ForecastOutcome): Scorecard {
  return { ...card, outcomes: { ...card.outcomes, [outcome]: card.outcomes[outcome] + 1 } };
}

export function summariseScorecard({ outcomes, leadSumMs, shortestLeadMs, errorSumMs, points, covered }: Scorecard): ScorecardSummary {
  const came = outcomes.hit + outcomes.early + outcomes.late;
  const judged = came + outcomes.false;
  const share = (part: number, whole: number): number | undefined => (whole === 0 ? undefined : part / whole);
  return {
    announced: judged, hitRate: share(outcomes.hit, judged), falseRate: share(outcomes.false, judged), missedRate: share(outcomes.missed, came + outcomes.missed),
    meanLeadMs: share(leadSumMs, came), shortestLeadMs: came === 0 ? undefined : shortestLeadMs, meanErrorMs: share(errorSumMs, came), coverage: share(covered, points),
  };
}
