import { collections, type Attributes, type ResourceRecord } from '@opsloop/contracts';
import type { Clock, Documents } from '@opsloop/ports';

export interface ResourceDirectory {
  all(tenant: string): Promise<ReadonlyMap<string, ResourceRecord>>;
  /** By id, else by name; the newest of several with one name comes first. */
  find(tenant: string, idOrName: string): Promise<readonly ResourceRecord[]>;
  /** Resources whose attributes, name or kind match all of `match`. */
  matching(tenant: string, match: Attributes): Promise<readonly ResourceRecord[]>;
}

const freshMs = 1_000;
const pageSize = 1_000;

interface Known {
  readonly records: Map<string, ResourceRecord>;
  newestMs: number;
  readAtMs: number;
}

/** What has been seen, kept in memory: read whole once, then only what was seen since. */
export function createResourceDirectory({ documents, clock }: { readonly documents: Documents; readonly clock: Clock }): ResourceDirectory {
  const collection = documents.collection<ResourceRecord>(collections.resources);
  const tenants = new Map<string, Known>();
  const reading = new Map<string, Promise<void>>();

  async function refresh(tenant: string, known: Known): Promise<void> {
    const sinceMs = known.newestMs;
    let cursor: string | undefined;
    do {
      const page = await collection.find({ tenant, lastSeenMs: { gte: sinceMs } }, { sort: { field: 'lastSeenMs', direction: 'asc' }, limit: pageSize, ...(cursor && { cursor }) });
      for (const { doc } of page.items) {
        known.records.set(doc.resourceId, doc);
        known.newestMs = Math.max(known.newestMs, doc.lastSeenMs);
      }
      cursor = page.nextCursor;
    } while (cursor);
    known.readAtMs = clock.monotonic();
  }

  async function all(tenant: string): Promise<ReadonlyMap<string, ResourceRecord>> {
    const known = tenants.get(tenant) ?? { records: new Map(), newestMs: 0, readAtMs: -Infinity };
    tenants.set(tenant, known);
    if (clock.monotonic() - known.readAtMs >= freshMs) {
      const running = reading.get(tenant) ?? refresh(tenant, known).finally(() => reading.delete(tenant));
      reading.set(tenant, running);
      await running;
    }
    return known.records;
  }

  return {
    all,
    async find(tenant, idOrName) {
      const records = await all(tenant);
      const byId = records.get(idOrName);
      if (byId) return [byId];
      return [...records.values()].filter((record) => record.name === idOrName || record.uid === idOrName).toSorted((a, b) => b.lastSeenMs - a.lastSeenMs);
    },
    async matching(tenant, match) {
      const wanted = Object.entries(match);
      return [...(await all(tenant)).values()].filter((record) => wanted.every(([key, value]) => attributeOf(record, key) === value));
    },
  };
}

export function attributeOf(record: ResourceRecord, key: string): string | undefined {
  if (key === 'name' || key === 'kind' || key === 'region' || key === 'provider' || key === 'uid') return record.attributes[key] ?? record[key];
  return record.attributes[key];
}
