/** The embedded documents. Read this file first, then operation-queue (main thread) and document-file (worker). */
import { join } from 'node:path';
import type { ClaimOptions, Clock, Collection, CollectionSpec, Document, Documents, Stored } from '@opsloop/ports';
import { checkId, checkLease, checkOwner, checkPageSize, checkVersion, declaredFields, decodeCursor, documentBytes, documentJson, encodeCursor, pageEnd, queryKey } from '@opsloop/ports';
import type { Part } from '../part.js';
import { createWorkerLink } from '../worker/worker-link.js';
import { fieldValues } from './declared-fields.js';
import type { DocumentRow, DocumentWrite, DocumentsReply, DocumentsRequest, DocumentsWorkerData, FoundRows } from './document-messages.js';
import { createOperationQueue } from './operation-queue.js';
import { all, toBehind, toClause, toOrder } from './to-clause.js';

export interface EmbeddedDocumentsOptions {
  /** An existing folder. Its only user is this process (see lockDataDir). */
  readonly dataDir: string;
  /** Leases are judged by it. */
  readonly clock: Clock;
  /** Name of the file in it; default documents.db. */
  readonly fileName?: string;
  /** Told once when documents cannot be read or written any more, and once when they can be again. */
  readonly onTrouble?: (error: Error | undefined) => void;
  /** Collections that the start brings up to date; documents that do not fit them refuse it. Others follow at their first use, where they fail alone. */
  readonly specs?: readonly CollectionSpec[];
}

export interface EmbeddedDocuments extends Documents, Part {
  /** Rejects while documents cannot be read. */
  check(): Promise<void>;
}

type Run = ReturnType<typeof createOperationQueue>['run'];

const defaultLimit = 100;

/** Documents in one SQLite file, owned by a worker thread; operations that come while a commit is under way share the next one. */
export function createEmbeddedDocuments({ dataDir, clock, fileName = 'documents.db', specs: declared = [], onTrouble = () => undefined }: EmbeddedDocumentsOptions): EmbeddedDocuments {
  const workerData: DocumentsWorkerData = { path: join(dataDir, fileName), specs: declared };
  const link = createWorkerLink<DocumentsRequest, undefined>({
    name: 'the embedded documents',
    script: new URL('./documents-worker.js', import.meta.url),
    workerData,
    onOpened: () => queue.forgetDeclared(),
    onDied: (error) => report(error),
  });
  const queue = createOperationQueue(commit);
  let trouble: Error | undefined;
  const specs = new Map<string, CollectionSpec>();

  async function commit(request: DocumentsRequest, transfer: ArrayBuffer[]): Promise<DocumentsReply> {
    try {
      const reply = await link.request<DocumentsReply>(request, transfer);
      // A full disk still answers reads.
      if (request.operations.some(({ kind }) => kind !== 'get' && kind !== 'find')) report(undefined);
      return reply;
    } catch (error) {
      report(error as Error);
      throw error;
    }
  }

  function report(error: Error | undefined): void {
    const changed = (trouble === undefined) !== (error === undefined);
    trouble = error;
    if (changed) onTrouble(error);
  }

  /** The same object for the same specification: the worker hears of each once. */
  function known(spec: CollectionSpec): CollectionSpec {
    const text = JSON.stringify(spec);
    if (!specs.has(text)) specs.set(text, spec);
    return specs.get(text)!;
  }

  return {
    name: `embedded documents (${fileName})`,
    start: () => link.start(),
    async stop(deadlineMs) {
      const endMs = performance.now() + deadlineMs;
      await Promise.race([queue.drained(), new Promise((resolve) => setTimeout(resolve, deadlineMs).unref())]);
      await link.stop(Math.max(0, endMs - performance.now()));
    },
    collection: (spec) => createCollection(known(spec), queue.run, clock),
    now: async () => clock.now(),
    async check() {
      await link.request({ specs: [], operations: [] });
    },
  };
}

function createCollection<T extends Document>(spec: CollectionSpec, run: Run, clock: Clock): Collection<T> {
  const { name } = spec;
  const fields = declaredFields(spec);
  const collection = { name, fields };

  return {
    async get(id) {
      const row = (await run(spec, { kind: 'get', collection: name, id: checkId(id) })) as DocumentRow | undefined;
      return row && toStored<T>(row);
    },
    async insert(doc, bytes) {
      const done = await run(spec, { kind: 'insert', collection: name, write: toWrite(name, fields, doc, bytes ?? null) });
      return done ? stored(doc, 1, bytes) : 'exists';
    },
    async replace(doc, expectedVersion, { bytes, keepLease = false } = {}) {
      const write = toWrite(name, fields, doc, bytes);
      const done = await run(spec, { kind: 'replace', collection: name, write, expectedVersion: checkVersion(expectedVersion), keepLease });
      return done ? stored(doc, expectedVersion + 1, bytes) : 'conflict';
    },
    async remove(id, expectedVersion) {
      return (await run(spec, { kind: 'remove', collection: name, id: checkId(id), expectedVersion: checkVersion(expectedVersion) })) ? 'removed' : 'conflict';
    },
    async find(filter, { sort, limit, cursor } = {}) {
      const query = queryKey(name, filter, sort);
      const order = toOrder(collection, sort);
      const end = cursor === undefined ? undefined : decodeCursor(query, cursor);
      const where = all([toClause(collection, filter), ...(end ? [toBehind(sort, end.value, end.id)] : [])]);
      const { rows, more } = (await run(spec, { kind: 'find', collection: name, where, order, limit: checkPageSize(limit, defaultLimit) })) as FoundRows;
      const items = rows.map(toStored<T>);
      const last = items.at(-1);
      return more && last ? { items, nextCursor: encodeCursor(query, pageEnd(last.doc, sort)) } : { items };
    },
    async claim(filter, { owner, leaseMs, limit, sort }: ClaimOptions) {
      const { rows } = (await run(spec, {
        kind: 'claim', collection: name, where: toClause(collection, filter), order: toOrder(collection, sort), limit: checkPageSize(limit, 1), owner: checkOwner(name, owner), nowMs: clock.now(), leaseMs: checkLease(leaseMs),
      })) as FoundRows;
      return rows.map(toStored<T>);
    },
    async renew(id, expectedVersion, leaseMs) {
      const row = (await run(spec, { kind: 'renew', collection: name, id: checkId(id), expectedVersion: checkVersion(expectedVersion), nowMs: clock.now(), leaseMs: checkLease(leaseMs) })) as DocumentRow | undefined;
      return row ? toStored<T>(row) : 'conflict';
    },
  };
}

function toWrite(collection: string, fields: readonly string[], doc: Document, bytes: Uint8Array | null | undefined): DocumentWrite {
  const json = documentJson(collection, doc);
  return { id: doc.id, json, fields: fieldValues(collection, fields, doc), bytes: bytes && documentBytes(collection, doc.id, bytes) };
}

function stored<T extends Document>(doc: T, version: number, bytes: Uint8Array | undefined): Stored<T> {
  return bytes ? { doc, version, bytes } : { doc, version };
}

function toStored<T extends Document>({ version, json, bytes }: DocumentRow): Stored<T> {
  return stored(JSON.parse(json) as T, version, bytes ?? undefined);
}
