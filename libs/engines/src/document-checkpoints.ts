/** Checkpoints over any Documents: chunks under a new generation, then one compare-and-set of the manifest. */
import { randomUUID } from 'node:crypto';
import { collections } from '@opsloop/contracts';
import type { Checkpoint, CheckpointKey, Checkpoints, Clock, Collection, Document, Documents } from '@opsloop/ports';
import { EngineError } from '@opsloop/ports';

interface Manifest extends Document {
  readonly epoch: number;
  readonly position: number;
  /** '' before the first save. */
  readonly generation: string;
  readonly chunkCount: number;
  readonly savedAtMs: number;
}

interface Chunk extends Document {
  readonly key: string;
  readonly generation: string;
  readonly epoch: number;
}

/** Checkpoints belong to the installation, not to one of its tenants. */
const tenant = 'system';
const chunkBytesAtMost = 2 ** 20;
/** Chunks on their way at once: engines commit them together. */
const writesAtOnce = 4;
const triesAtMost = 100;

export function createDocumentCheckpoints({ documents, clock }: { documents: Documents; clock: Clock }): Checkpoints {
  return new DocumentCheckpoints(documents, clock);
}

class DocumentCheckpoints implements Checkpoints {
  readonly #manifests: Collection<Manifest>;
  readonly #chunks: Collection<Chunk>;
  readonly #clock: Clock;

  constructor(documents: Documents, clock: Clock) {
    this.#manifests = documents.collection<Manifest>(collections.checkpoints);
    this.#chunks = documents.collection<Chunk>(collections.checkpointChunks);
    this.#clock = clock;
  }

  async begin(checkpoint: CheckpointKey): Promise<number> {
    const key = keyOf(checkpoint);
    let epoch = 0;
    await this.#setManifest(key, (current) => {
      epoch = (current?.epoch ?? 0) + 1;
      return { ...(current ?? { id: key, tenant, position: 0, generation: '', chunkCount: 0, savedAtMs: this.#clock.now() }), epoch };
    });
    return epoch;
  }

  async load(checkpoint: CheckpointKey): Promise<Checkpoint | undefined> {
    const key = keyOf(checkpoint);
    for (let attempt = 0; attempt < triesAtMost; attempt++) {
      const manifest = (await this.#manifests.get(key))?.doc;
      if (!manifest || manifest.generation === '') return undefined;
      const chunks = await this.#readChunks(manifest);
      // A save that ended meanwhile has swept them: its own are there.
      if (chunks) return { position: manifest.position, chunks };
      if ((await this.#manifests.get(key))?.doc.generation === manifest.generation) throw new EngineError(`checkpoint ${key}: chunks of generation ${manifest.generation} are missing`, { retryable: false });
    }
    throw new EngineError(`checkpoint ${key}: it is saved faster than it can be read`, { retryable: true });
  }

  async save(checkpoint: CheckpointKey, epoch: number, position: number, source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<'saved' | 'fenced'> {
    const key = keyOf(checkpoint);
    const before = (await this.#manifests.get(key))?.doc;
    if (before?.epoch !== epoch) return fenced(key, before?.epoch ?? 0, epoch);
    const generation = randomUUID();
    const chunkCount = await this.#writeChunks(key, epoch, generation, source);
    const done = await this.#setManifest(key, (current) => (current?.epoch === epoch ? { id: key, tenant, epoch, position, generation, chunkCount, savedAtMs: this.#clock.now() } : undefined));
    if (!done) {
      await this.#removeGeneration(key, generation, chunkCount);
      return 'fenced';
    }
    try {
      await this.#removeGeneration(key, before.generation, before.chunkCount);
      await this.#sweep(key, epoch, generation);
    } catch {
      // The save is durable; the next one sweeps again.
    }
    return 'saved';
  }

  async #writeChunks(key: string, epoch: number, generation: string, source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<number> {
    let count = 0;
    const writes: Promise<unknown>[] = [];
    try {
      for await (const bytes of source) {
        if (bytes.length > chunkBytesAtMost) throw new EngineError(`checkpoint ${key}: a chunk has ${bytes.length} bytes, at most ${chunkBytesAtMost} are allowed`, { retryable: false });
        writes.push(this.#chunks.insert({ id: chunkId(key, generation, count++), tenant, key, generation, epoch }, bytes));
        if (writes.length === writesAtOnce) await Promise.all(writes.splice(0));
      }
      await Promise.all(writes);
      return count;
    } finally {
      // Whatever ended it, no write goes on behind the caller's back.
      await Promise.allSettled(writes);
    }
  }

  async #readChunks({ id, generation, chunkCount }: Manifest): Promise<Uint8Array[] | undefined> {
    const found: Uint8Array[] = [];
    for (let at = 0; at < chunkCount; at += writesAtOnce) {
      const ids = Array.from({ length: Math.min(writesAtOnce, chunkCount - at) }, (_, i) => chunkId(id, generation, at + i));
      for (const chunk of await Promise.all(ids.map((one) => this.#chunks.get(one)))) {
        if (!chunk) return undefined;
        found.push(chunk.bytes ?? new Uint8Array());
      }
    }
    return found;
  }

  /** Deletes what crashed saves left behind, but nothing that a later tenure is writing. */
  async #sweep(key: string, epoch: number, kept: string): Promise<void> {
    // Two ranges beside the generation that is kept: its chunks are large and need not be read.
    for (const generation of [{ lt: kept }, { gt: kept }]) {
      let cursor: string | undefined;
      do {
        const page = await this.#chunks.find({ key, generation }, { sort: { field: 'generation', direction: 'asc' }, limit: 100, ...(cursor === undefined ? {} : { cursor }) });
        await Promise.all(page.items.filter(({ doc }) => doc.epoch <= epoch).map(({ doc, version }) => this.#chunks.remove(doc.id, version)));
        cursor = page.nextCursor;
      } while (cursor !== undefined);
    }
  }

  async #removeGeneration(key: string, generation: string, chunkCount: number): Promise<void> {
    await Promise.all(Array.from({ length: chunkCount }, (_, i) => this.#chunks.remove(chunkId(key, generation, i), 1)));
  }

  /** The manifest's compare-and-set; decided again until nobody else was faster. False when there is nothing to set. */
  async #setManifest(key: string, decide: (current: Manifest | undefined) => Manifest | undefined): Promise<boolean> {
    for (let attempt = 0; attempt < triesAtMost; attempt++) {
      const current = await this.#manifests.get(key);
      const next = decide(current?.doc);
      if (!next) return false;
      const outcome = current ? await this.#manifests.replace(next, current.version) : await this.#manifests.insert(next);
      if (outcome !== 'conflict' && outcome !== 'exists') return true;
    }
    throw new EngineError(`checkpoint ${key}: its manifest changes all the time`, { retryable: true });
  }
}

function fenced(key: string, current: number, epoch: number): 'fenced' {
  if (epoch > current) throw new EngineError(`checkpoint ${key}: epoch ${epoch} was never begun, the current one is ${current}`, { retryable: false });
  return 'fenced';
}

function keyOf({ group, partition }: CheckpointKey): string {
  return `${tenant}/${group}/${partition}`;
}

function chunkId(key: string, generation: string, index: number): string {
  return `${key}/${generation}/${index}`;
}
