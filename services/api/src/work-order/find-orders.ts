import type { WorkOrder } from '@opsloop/contracts';
import type { Collection, Filter, Stored } from '@opsloop/ports';

export interface OrderSearch {
  readonly filter: Filter;
  /** What no index knows; undefined: every order. */
  readonly matches?: ((order: WorkOrder) => boolean) | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** Orders that one answer looks at, at most. */
const mostLookedAt = 2_000;

/**
 * Newest first. Jobs and targets are lists within an order, which no index holds, so orders are looked through in their
 * order. An answer may be shorter than its limit, even empty: only a missing `nextCursor` says that it is the last.
 */
export async function findOrders(orders: Collection<WorkOrder>, { filter, matches, limit, cursor }: OrderSearch): Promise<{ readonly items: readonly Stored<WorkOrder>[]; readonly nextCursor?: string }> {
  const found: Stored<WorkOrder>[] = [];
  let next = cursor;
  let lookedAt = 0;
  do {
    // Never more than there is room for: a cursor stands behind a whole page.
    const page = await orders.find(filter, { sort: { field: 'createdAtMs', direction: 'desc' }, limit: limit - found.length, ...(next !== undefined && { cursor: next }) });
    found.push(...(matches ? page.items.filter(({ doc }) => matches(doc)) : page.items));
    lookedAt += page.items.length;
    next = page.nextCursor;
  } while (matches && next !== undefined && found.length < limit / 2 && lookedAt < mostLookedAt);
  return { items: found, ...(next !== undefined && { nextCursor: next }) };
}
