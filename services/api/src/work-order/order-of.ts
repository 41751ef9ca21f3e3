import type { WorkOrder } from '@opsloop/contracts';
import type { Collection, Stored } from '@opsloop/ports';
import { fullId } from '../alarm/alarm-routes.js';
import { notFound } from '../http/api-error.js';

/** The work order of an address, where it is the tenant's. */
export async function orderOf(orders: Collection<WorkOrder>, tenant: string, id: string): Promise<Stored<WorkOrder>> {
  const stored = await orders.get(fullId(tenant, id));
  if (!stored || stored.doc.tenant !== tenant) throw notFound('work order', id);
  return stored;
}
