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
/** Everything is read again this often: what was removed goes, and no writer's clock can hide a document for longer. */
const wholeMs = 300_000;
/** A document may become visible later than one with a newer time: by the length of a write, and by the difference of two writers' clocks. */
const overlapMs = 5_000;
const pageSize = 1_000;

interface Known {
  records: Map<string, ResourceRecord>;
  newestMs: number;
  readAtMs: number;
  wholeAtMs: number;
}

/** What has been seen, kept in memory: read whole now and then, in between only what was written since. */
export function createResourceDirectory({ documents, clock }: { readonly documents: Documents; readonly clock: Clock }): ResourceDirectory {
  const collection = documents.collection<ResourceRecord>(collections.resources);
  const tenants = new Map<string, Known>();
  const reading = new Map<string, Promise<void>>();

  async function refresh(tenant: string, known: Known): Promise<void> {
    const nowMs = clock.monotonic();
    const whole = nowMs - known.wholeAtMs >= wholeMs;
    const records = whole ? new Map<string, ResourceRecord>() : known.records;
    const filter = whole ? { tenant } : { tenant, updatedMs: { gte: known.newestMs - overlapMs } };
    let cursor: string | undefined;
    do {
      const page = await collection.find(filter, { sort: { field: 'updatedMs', direction: 'asc' }, limit: pageSize, ...(cursor && { cursor }) });
      for (const { doc } of page.items) {
        records.set(doc.resourceId, doc);
        known.newestMs = Math.max(known.newestMs, doc.updatedMs);
      }
      cursor = page.nextCursor;
    } while (cursor);
    known.records = records;
    known.readAtMs = nowMs;
    if (whole) known.wholeAtMs = nowMs;
  }

  async function all(tenant: string): Promise<ReadonlyMap<string, ResourceRecord>> {
    const known = tenants.get(tenant) ?? { records: new Map(), newestMs: 0, readAtMs: -Infinity, wholeAtMs: -Infinity };
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
