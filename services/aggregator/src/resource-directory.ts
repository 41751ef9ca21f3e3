/** Keeps the `resources` documents: what has been seen, when, by whom. Gathered in memory, written seldom. */
import { collections, type Attributes, type Resource, type ResourceRecord, type SeriesDictionary, type WindowBatch } from '@opsloop/contracts';
import { EngineError, type Clock, type Collection } from '@opsloop/ports';
import { periodicPart, type Part, type ServiceContext } from '@opsloop/runtime';

/** A resource that says nothing new is written this often, for its `lastSeenMs`. */
const refreshMs = 60_000;
const pollMs = 1_000;
const writesAtOnce = 16;
/** Resources in memory; one that does not fit is counted, and taken up when there is room and it is seen again. */
const defaultMaxResources = 50_000;
/** A resource that was not seen for so long is forgotten here; its document stays. */
const forgetMs = 600_000;
const most = { metrics: 2_000, attributes: 128, sources: 100 } as const;
/** Of their JSON, together below what a document may weigh: one that is refused would hold up the history of all. */
const mostBytes = { metrics: 448 * 1024, attributes: 384 * 1024, sources: 64 * 1024 } as const;
const mostValueLength = 1_024;
const triesAtMost = 5;

interface Sighting {
  readonly resource: Resource;
  attributes: Attributes;
  readonly sources: Set<string>;
  readonly metrics: Set<string>;
  dictionary: SeriesDictionary | undefined;
  readonly firstSeenMs: number;
  lastSeenMs: number;
  /** Something other than the time is new. */
  isNew: boolean;
  writtenSeenMs: number;
  /** Monotonic. */
  writtenAtMs: number;
}

export interface ResourceDirectory extends Part {
  observe(batch: WindowBatch, arrivalMs: number): void;
  /** Resolves when everything new about resources is in their documents: before that, the log may not be given up. */
  settle(): Promise<void>;
}

export function createResourceDirectory({ documents, clock, logger, ownMetrics }: ServiceContext, maxResources = defaultMaxResources): ResourceDirectory {
  const collection = documents.collection<ResourceRecord>(collections.resources);
  const seen = new Map<string, Sighting>();
  /** Those of which something new is not in a document yet. */
  const fresh = new Set<Sighting>();
  const left = ownMetrics.counter('history_unlisted_batches_total', 'Batches of windows that are in history while nothing lists their resource: too many are live');
  let isTold = false;
  let flushing: Promise<void> | undefined;

  async function write(sighting: Sighting): Promise<void> {
    sighting.isNew = false;
    const { lastSeenMs } = sighting;
    try {
      await storeSighting(collection, sighting, clock);
      if (!sighting.isNew) fresh.delete(sighting);
      sighting.writtenSeenMs = lastSeenMs;
      sighting.writtenAtMs = clock.monotonic();
    } catch (error) {
      sighting.isNew = true;
      throw error;
    }
  }

  async function writeDue(everything: boolean): Promise<void> {
    const nowMs = clock.monotonic();
    const due = [...seen.values()].filter((one) => one.isNew || (one.lastSeenMs > one.writtenSeenMs && (everything || nowMs - one.writtenAtMs >= refreshMs)));
    for (let at = 0; at < due.length; at += writesAtOnce) await Promise.all(due.slice(at, at + writesAtOnce).map(write));
    for (const [id, one] of seen) if (!one.isNew && one.lastSeenMs === one.writtenSeenMs && nowMs - one.writtenAtMs >= forgetMs) seen.delete(id);
  }

  function leaveOut(resource: Resource): void {
    left.inc();
    if (isTold) return;
    isTold = true;
    logger.warn({ resource: resource.id, maxResources }, 'more resources are live than one process lists: those that are new have history, but are in no list until others have been silent for ten minutes; run more aggregators');
  }

  function flush(): Promise<void> {
    return (flushing ??= writeDue(false).finally(() => (flushing = undefined)));
  }

  const part = periodicPart({
    name: 'resource directory',
    clock,
    round: flush,
    waitMs: () => pollMs,
    onFailure: (error) => logger.warn({ err: error }, 'what is known of resources was not written; it is tried again'),
    async afterStop(deadlineMs) {
      const written = new AbortController();
      const last = writeDue(true)
        .catch((error: unknown) => logger.warn({ err: error }, 'what is known of resources was not written; it is seen again'))
        .finally(() => written.abort());
      await Promise.race([last, clock.sleep(deadlineMs, written.signal)]);
    },
  });

  return {
    ...part,
    observe(batch, arrivalMs) {
      const known = seen.get(batch.resource.id);
      if (!known && seen.size >= maxResources) return leaveOut(batch.resource);
      const sighting = known ?? createSighting(batch.resource, arrivalMs);
      if (!known) seen.set(batch.resource.id, sighting);
      renew(sighting, batch, arrivalMs);
      if (sighting.isNew) fresh.add(sighting);
    },
    async settle() {
      while (fresh.size > 0) await flush();
    },
  };
}

function createSighting(resource: Resource, arrivalMs: number): Sighting {
  return { resource, attributes: {}, sources: new Set(), metrics: new Set(), dictionary: undefined, firstSeenMs: arrivalMs, lastSeenMs: arrivalMs, isNew: true, writtenSeenMs: -Infinity, writtenAtMs: -Infinity };
}

async function storeSighting(collection: Collection<ResourceRecord>, sighting: Sighting, clock: Clock): Promise<void> {
  const id = `${sighting.resource.tenant}/${sighting.resource.id}`;
  for (let attempt = 0; attempt <= triesAtMost; attempt++) {
    const stored = await collection.get(id);
    const record: ResourceRecord = { ...merge(id, sighting, stored?.doc), updatedMs: clock.now() };
    const outcome = stored ? await collection.replace(record, stored.version) : await collection.insert(record);
    if (outcome !== 'conflict' && outcome !== 'exists') return;
  }
  throw new EngineError(`the document of resource ${id} changes all the time`, { retryable: true });
}

/** Most batches say nothing new: then the same objects come again. */
function renew(sighting: Sighting, { attributes, dictionary, source }: WindowBatch, arrivalMs: number): void {
  sighting.lastSeenMs = Math.max(sighting.lastSeenMs, arrivalMs);
  if (attributes !== sighting.attributes) {
    sighting.isNew ||= Object.entries(attributes).some(([name, value]) => sighting.attributes[name] !== value);
    sighting.attributes = attributes;
  }
  if (!sighting.sources.has(source) && sighting.sources.size < most.sources) {
    sighting.sources.add(source);
    sighting.isNew = true;
  }
  if (dictionary === sighting.dictionary) return;
  sighting.dictionary = dictionary;
  for (const metric of dictionary.metrics) {
    if (sighting.metrics.has(metric) || sighting.metrics.size >= most.metrics) continue;
    sighting.metrics.add(metric);
    sighting.isNew = true;
  }
}

function merge(id: string, { resource, attributes, sources, metrics, firstSeenMs, lastSeenMs }: Sighting, before: ResourceRecord | undefined): Omit<ResourceRecord, 'updatedMs'> {
  const { id: resourceId, ...tuple } = resource;
  const merged = { ...before?.attributes, ...attributes };
  return {
    ...tuple,
    id,
    resourceId,
    name: merged['host'] ?? resource.uid,
    attributes: Object.fromEntries(within(mostBytes.attributes, Object.entries(merged).slice(-most.attributes).map(([name, value]) => [name, value.slice(0, mostValueLength)]))),
    sources: within(mostBytes.sources, union(before?.sources, sources).slice(0, most.sources)),
    metrics: within(mostBytes.metrics, union(before?.metrics, metrics).slice(0, most.metrics)),
    firstSeenMs: Math.min(firstSeenMs, before?.firstSeenMs ?? Infinity),
    lastSeenMs: Math.max(lastSeenMs, before?.lastSeenMs ?? -Infinity),
  };
}

/** Those from the start that fit. */
function within<T>(bytes: number, items: readonly T[]): T[] {
  let left = bytes;
  return items.filter((item) => left > 0 && (left -= Buffer.byteLength(JSON.stringify(item)) + 1) >= 0);
}

function union(before: readonly string[] | undefined, more: ReadonlySet<string>): string[] {
  return [...new Set([...(before ?? []), ...more])].toSorted();
}
