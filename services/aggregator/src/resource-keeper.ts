/** Keeps the documents of what has been seen: attributes at once when they change, the time of it once a minute. */
import { collections, type ResourceRecord, type SeriesDictionary, type WindowBatch } from '@opsloop/contracts';
import type { ServiceContext } from '@opsloop/runtime';

export interface ResourceKeeper {
  see(batch: WindowBatch, arrivalMs: number): void;
  /** Writes what changed; failures are tried again with the next flush. */
  flush(): Promise<void>;
}

const quietMs = 60_000;
const mostMetrics = 2_000;
const mostWritesAFlush = 500;

interface Seen {
  attributes: WindowBatch['attributes'];
  dictionary: SeriesDictionary | undefined;
  readonly metrics: Set<string>;
  readonly sources: Set<string>;
  resource: WindowBatch['resource'];
  lastSeenMs: number;
  writtenMs: number;
  dirty: boolean;
}

export function createResourceKeeper({ documents, logger, settings }: ServiceContext): ResourceKeeper {
  const collection = documents.collection<ResourceRecord>(collections.resources);
  const seen = new Map<string, Seen>();
  const waiting = new Set<string>();

  async function write(id: string, known: Seen): Promise<void> {
    for (;;) {
      const present = await collection.get(id);
      const record = merge(id, known, present?.doc);
      const stored = present ? await collection.replace(record, present.version) : await collection.insert(record);
      if (stored !== 'conflict' && stored !== 'exists') break;
    }
    known.writtenMs = known.lastSeenMs;
    known.dirty = false;
  }

  return {
    see({ resource, attributes, source, dictionary }, arrivalMs) {
      const id = `${resource.tenant}/${resource.id}`;
      let known = seen.get(id);
      if (!known) seen.set(id, (known = { attributes, dictionary: undefined, metrics: new Set(), sources: new Set(), resource, lastSeenMs: 0, writtenMs: 0, dirty: true }));
      known.lastSeenMs = Math.max(known.lastSeenMs, arrivalMs);
      if (known.dictionary !== dictionary) {
        known.dictionary = dictionary;
        const before = known.metrics.size;
        for (const metric of dictionary.metrics) if (known.metrics.size < mostMetrics) known.metrics.add(metric);
        if (known.metrics.size !== before) known.dirty = true;
      }
      if (!known.sources.has(source)) {
        known.sources.add(source);
        known.dirty = true;
      }
      if (known.attributes !== attributes && JSON.stringify(known.attributes) !== JSON.stringify(attributes)) known.dirty = true;
      known.attributes = attributes;
      if (known.dirty || known.lastSeenMs - known.writtenMs >= quietMs) waiting.add(id);
    },
    async flush() {
      try {
        for (const id of [...waiting].slice(0, mostWritesAFlush)) {
          await write(id, seen.get(id)!);
          waiting.delete(id);
        }
        if (seen.size > settings.MAX_SERIES_PER_TENANT) seen.clear();
      } catch (error) {
        logger.warn({ err: error, waiting: waiting.size }, 'what was seen is written later: the documents do not answer');
      }
    },
  };
}

function merge(id: string, known: Seen, present: ResourceRecord | undefined): ResourceRecord {
  const { resource, attributes } = known;
  return {
    id,
    tenant: resource.tenant,
    resourceId: resource.id,
    provider: resource.provider,
    region: resource.region,
    kind: resource.kind,
    uid: resource.uid,
    name: attributes['host'] ?? resource.uid,
    attributes: { ...attributes },
    sources: [...new Set([...(present?.sources ?? []), ...known.sources])].toSorted().slice(0, 100),
    metrics: [...new Set([...(present?.metrics ?? []), ...known.metrics])].toSorted().slice(0, mostMetrics),
    firstSeenMs: present?.firstSeenMs ?? known.lastSeenMs,
    lastSeenMs: Math.max(present?.lastSeenMs ?? 0, known.lastSeenMs),
  };
}
