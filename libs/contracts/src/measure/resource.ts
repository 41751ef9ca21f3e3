import { z } from 'zod';

/** What is watched: a host, a database, a cloud's machine. `id` is derived from the other five (domain/resource). */
export const resourceSchema = z.object({
  id: z.string().describe('128-bit hash of the canonical tuple, base32'),
  tenant: z.string(),
  provider: z.string(),
  region: z.string(),
  kind: z.string().describe('host, service, database ...'),
  uid: z.string().describe('the name that identifies it within provider, region and kind'),
});
export type Resource = z.infer<typeof resourceSchema>;

/** Sub-dimensions of a series (cpu, device, interface ...). Keys are sorted wherever order shows. */
export type Labels = Readonly<Record<string, string>>;
/** Everything else that senders say of a resource; the last value wins. */
export type Attributes = Readonly<Record<string, string>>;
