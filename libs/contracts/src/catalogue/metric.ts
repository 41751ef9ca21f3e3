import { z } from 'zod';

/** Of a metric's name, in UTF-16 units: what is taken in can be watched and asked for. */
export const maxMetricLength = 512;

/** What the catalogue knows of a metric. Names are `group.metric` in lower case with underscores, units SI base units. */
export const metricSchema = z.object({
  name: z.string(),
  unit: z.enum(['percent', 'bytes', 'bytes_per_second', 'seconds', 'count', 'count_per_second', 'bool', 'celsius', 'watts', 'hertz', 'ratio', '']),
  kind: z.enum(['gauge', 'counter']).describe('a counter is stored as its rate per second, in `unit`'),
  title: z.record(z.string(), z.string()),
  dimensions: z.array(z.string()).describe('sub-dimension tags kept as labels; all other tags are attributes'),
  min: z.number().optional(),
  max: z.number().optional(),
  /** Where it comes from: `measurement.field` of Telegraf and kin, with value = raw x scale + offset. */
  sources: z.array(
    z.object({
      field: z.string(),
      scale: z.number().optional(),
      offset: z.number().optional(),
      /** Tag values that mean "the whole": that label is dropped ({ cpu: 'cpu-total' }). */
      total: z.record(z.string(), z.string()).optional(),
    }),
  ),
  targetKinds: z.array(z.string()),
});
export type Metric = z.infer<typeof metricSchema>;
