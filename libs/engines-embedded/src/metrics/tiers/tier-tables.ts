import { tierWidthMs, tiers, type Tier } from '@opsloop/contracts/tier';
import { allTables } from '../windows/window-tables.js';

/**
 * Which tables hold a tier. Base windows and every tier that is wider than they are have tables of their own. A tier
 * that is not wider would be a copy of them: it is read from the base windows, which stay for as long as one of these
 * tiers wants them.
 *
 * Where base windows were narrower once, such a tier still has rows of its own from then. They end where those of the
 * finer tiers begin (see reshape-tiers), so a read takes all of them together.
 */

export type RolledTier = Exclude<Tier, 'base'>;

export function isStored(tier: Tier, windowMs: number): boolean {
  return tier === 'base' || tierWidthMs[tier] > windowMs;
}

/** The tier below, from whose windows a tier is computed. */
export function finerTier(tier: RolledTier): Tier {
  return tiers[tiers.indexOf(tier) - 1]!;
}

/** The next coarser tier that is computed; none above the coarsest. */
export function upperTier(tier: Tier, windowMs: number): RolledTier | undefined {
  return tiers.slice(tiers.indexOf(tier) + 1).find((one): one is RolledTier => isStored(one, windowMs));
}

/** Width of the buckets that new base windows make dirty, those of the first tier that is computed, ms. */
export function firstBucketMs(windowMs: number): number {
  return tierWidthMs[upperTier('base', windowMs) ?? '1d'];
}

/** The tables that together hold each window of a tier once. */
export function tablesOf(tier: Tier, windowMs: number): readonly string[] {
  return isStored(tier, windowMs) ? allTables(tier) : tiers.slice(0, tiers.indexOf(tier) + 1).flatMap(allTables);
}

/** The tiers, itself included, that can be dropped only together with this one. */
export function heldWith(tier: Tier, windowMs: number): readonly Tier[] {
  const inBase = tiers.filter((one) => one === 'base' || !isStored(one, windowMs));
  return inBase.includes(tier) ? inBase : [tier];
}
