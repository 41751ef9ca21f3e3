// Free of zod, so that the history's thread starts without it: @opsloop/contracts/tier.

/** Resolutions of history, finest first. `base` has the width of OPSLOOP_WINDOW_MS. */
export const tiers = ['base', '1m', '1h', '1d'] as const;
export type Tier = (typeof tiers)[number];

export const tierWidthMs: Readonly<Record<Exclude<Tier, 'base'>, number>> = { '1m': 60_000, '1h': 3_600_000, '1d': 86_400_000 };
