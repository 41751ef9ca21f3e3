import { tierWidthMs, tiers, type Tier } from '@opsloop/contracts';

/** The bucket of a tier's windows. */
export function bucketOfTier(prefix: string, tier: Tier): string {
  return `${prefix}_${tier}`;
}

/** The bucket of what is not windows: marks of dirty buckets, floors, resources. */
export function stateBucketOf(prefix: string): string {
  return `${prefix}_state`;
}

/** The tier that a tier is computed from. */
export function lowerTier(tier: Exclude<Tier, 'base'>): Tier {
  return tiers[tiers.indexOf(tier) - 1]!;
}

/** The tier that is computed from this one. */
export function upperTier(tier: Tier): Exclude<Tier, 'base'> | undefined {
  return tiers[tiers.indexOf(tier) + 1] as Exclude<Tier, 'base'> | undefined;
}

/** Width of a tier's windows: base windows that are wider than the tier are copied up as they are. */
export function widthOfTier(tier: Tier, baseWidthMs: number): number {
  return tier === 'base' ? baseWidthMs : Math.max(tierWidthMs[tier], baseWidthMs);
}
