import { z } from 'zod';

export const aggregateSchema = z.enum(['min', 'max', 'avg', 'last', 'sum', 'count']);
export type Aggregate = z.infer<typeof aggregateSchema>;
