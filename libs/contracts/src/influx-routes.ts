import { z } from 'zod';

const databaseSchema = z.strictObject({
  url: z.string().regex(/^https?:\/\//, { error: 'is not an address: write http://host:8086 or https://...' }),
  org: z.string().min(1).optional(),
  token: z.string().min(1).optional(),
  bucket: z.string().min(1).optional(),
});

const tableSchema = z.strictObject({
  databases: z.record(z.string().min(1), databaseSchema),
  routes: z.array(z.strictObject({
    regions: z.array(z.string().min(1)).min(1).describe('names of regions; * stands for any letters'),
    databases: z.array(z.string().min(1)).min(1).describe('several share the resources of these regions'),
  })),
}).superRefine(({ databases, routes }, context) => {
  for (const name of routes.flatMap((route) => route.databases)) if (!(name in databases)) context.addIssue({ code: 'custom', message: `names the database "${name}", which is not under "databases"` });
});

/** The routing table of regions to InfluxDB databases, from its JSON text. */
export const influxRoutesSchema = z.string().transform((text, context) => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    context.addIssue({ code: 'custom', message: 'is not JSON: see docs/configuration.md for its form' });
    return z.NEVER;
  }
}).pipe(tableSchema);

export type InfluxRoutes = z.infer<typeof influxRoutesSchema>;
