import { tierWidthMs, tiers, type Settings, type Tier } from '@opsloop/contracts';

/** Part of a range that is read from one tier. */
export interface TierSegment {
  readonly tier: Tier;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface TierPlan {
  /** The coarsest tier in use: what the answer names. */
  readonly tier: Tier;
  readonly stepMs: number;
  readonly segments: readonly TierSegment[];
}

/** About as many points as a chart has use for. */
const wantedPoints = 400;
/** How long after its end a bucket of a tier may still be missing or changing; until then the finer tier is read. */
const settleMs = 5 * 60_000;

/**
 * Which tiers answer a range at a step: the coarsest one whose windows fit into the step and which still holds `fromMs`,
 * with its youngest, not yet settled end read from the finer tiers.
 */
export function planTiers(settings: Settings, range: { fromMs: number; toMs: number; stepMs: number | 'auto' }, nowMs: number): TierPlan {
  const { fromMs, toMs } = range;
  const wanted = range.stepMs === 'auto' ? niceStep((toMs - fromMs) / wantedPoints, settings.WINDOW_MS) : range.stepMs;
  const fitting = tiers.filter((tier) => widthOf(tier, settings) <= wanted);
  const kept = (tier: Tier): boolean => nowMs - retentionOf(tier, settings) <= fromMs;
  const tier = (fitting.length > 0 ? fitting : (['base'] as const)).findLast(kept) ?? tiers.find(kept) ?? '1d';
  const width = widthOf(tier, settings);
  const stepMs = Math.max(width, Math.ceil(wanted / width) * width);
  return { tier, stepMs, segments: segmentsOf(tier, fromMs, toMs, settings, nowMs) };
}

/** Cut by the widths of the tiers, not by the step: the finer tier may hold no more than the youngest part of a long step. */
function segmentsOf(tier: Tier, fromMs: number, toMs: number, settings: Settings, nowMs: number): TierSegment[] {
  const width = widthOf(tier, settings);
  // What was measured behind `fromMs` stands in a bucket that may begin before it.
  const startMs = Math.floor(fromMs / width) * width;
  const finer = tiers[tiers.indexOf(tier) - 1];
  if (finer === undefined) return [{ tier, fromMs: startMs, toMs }];
  const settledMs = Math.floor((nowMs - settleMs - width) / width) * width;
  const cutMs = Math.min(toMs, Math.max(startMs, settledMs));
  const old = cutMs > startMs ? [{ tier, fromMs: startMs, toMs: cutMs }] : [];
  return cutMs < toMs ? [...old, ...segmentsOf(finer, cutMs, toMs, settings, nowMs)] : old;
}

function widthOf(tier: Tier, settings: Settings): number {
  return tier === 'base' ? settings.WINDOW_MS : Math.max(tierWidthMs[tier], settings.WINDOW_MS);
}

function retentionOf(tier: Tier, settings: Settings): number {
  return { base: settings.RETENTION_RAW, '1m': settings.RETENTION_1M, '1h': settings.RETENTION_1H, '1d': settings.RETENTION_1D }[tier];
}

const niceSteps = [10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 604_800].map((seconds) => seconds * 1_000);

function niceStep(leastMs: number, windowMs: number): number {
  if (leastMs <= windowMs) return windowMs;
  return niceSteps.find((step) => step >= leastMs && step >= windowMs) ?? niceSteps.at(-1)!;
}
