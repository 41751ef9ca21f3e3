import type { Collection, Document, Filter } from '@opsloop/ports';

const pageSize = 1_000;

/** Every document that matches, by id, page after page: a page of heavy documents is shorter than its limit. For what is known to be few; `most` bounds the rest. */
export async function findAll<T extends Document>(collection: Collection<T>, filter: Filter, most = Infinity): Promise<T[]> {
  const found: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await collection.find(filter, { limit: Math.min(pageSize, most - found.length), ...(cursor !== undefined && { cursor }) });
    found.push(...page.items.map(({ doc }) => doc));
    cursor = page.nextCursor;
  } while (cursor !== undefined && found.length < most);
  return found;
}
