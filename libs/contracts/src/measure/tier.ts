import { z } from 'zod';

/** Resolutions of history, finest first. `base` has the width of OPSLOOP_WINDOW_MS. */
export const tiers = ['base', '1m', '1h', '1d'] as const;
export const tierSchema = z.enum(tiers);
export type Tier = z.infer<typeof tierSchema>;

export const tierWidthMs: Readonly<Record<Exclude<Tier, 'base'>, number>> = { '1m': 60_000, '1h': 3_600_000, '1d': 86_400_000 };

export const aggregateSchema = z.enum(['min', 'max', 'avg', 'last', 'sum', 'count']);
export type Aggregate = z.infer<typeof aggregateSchema>;
