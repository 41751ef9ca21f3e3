import { z } from 'zod';
import { tiers } from './tier.js';

export const tierSchema = z.enum(tiers);

export const aggregateSchema = z.enum(['min', 'max', 'avg', 'last', 'sum', 'count']);
export type Aggregate = z.infer<typeof aggregateSchema>;
