/** Documents in MongoDB: one collection a kind, one command a decision. Read this file first, then mongo-collection. */
import type { CollectionSpec, Documents } from '@opsloop/ports';
import { EngineError } from '@opsloop/ports';
import type { Connection } from 'mongoose';
import { connectMongo } from './connect-mongo.js';
import { createLateFiller } from './create-late-filler.js';
import { createMongoCollection, type RunCommand } from './mongo-collection.js';
import type { Part } from './part.js';
import { checkSchema, readServerClock } from './schema-record.js';
import type { StoredDocument } from './stored-document.js';
import { toEngineError } from './to-engine-error.js';

export interface MongoDocumentsOptions {
  /** mongodb:// or mongodb+srv://, with the name of the database; without one it is `opsloop`. */
  readonly url: string;
  /** Checked at the start: each must have been migrated. Others are checked when they are first used. */
  readonly specs: readonly CollectionSpec[];
  /** Told once when documents cannot be read or written any more, and once when they can be again. */
  readonly onTrouble?: (error: Error | undefined) => void;
  /** Told when documents that an older version wrote were given the fields that they lacked, and how many. */
  readonly onFilled?: (collection: string, documents: number) => void;
  /** Told when one of them cannot be: its unique key is taken. Told again while it is so. */
  readonly onUnfilled?: (error: Error) => void;
  /** How often documents of an older version are looked for after a migration, at most. Default one minute. */
  readonly lookEveryMs?: number;
}

export interface MongoDocuments extends Documents, Part {
  /** Rejects while the server does not answer. */
  check(): Promise<void>;
}

/**
 * `start` throws one line that names OPSLOOP_MONGODB_URL and the mend when the server does not answer, refuses the
 * user, or was not migrated. Afterwards a server that is down makes retryable EngineErrors, until it is back.
 */
export function createMongoDocuments({ url, specs, onTrouble = () => undefined, onFilled = () => undefined, onUnfilled = () => undefined, lookEveryMs = 60_000 }: MongoDocumentsOptions): MongoDocuments {
  const lateFiller = createLateFiller({ specs, everyMs: lookEveryMs, onFilled, onUnfilled });
  const underWay = new Set<Promise<unknown>>();
  const checked = new Map<string, Promise<void>>();
  let connection: Connection | undefined;
  let trouble: Error | undefined;

  function report(error: Error | undefined): void {
    if ((trouble === undefined) !== (error === undefined)) onTrouble(error);
    trouble = error;
  }

  function opened(): Connection {
    if (!connection) throw new EngineError('documents: the connection is closed', { retryable: true });
    return connection;
  }

  /** Each specification once; what failed is checked again. */
  function declared(spec: CollectionSpec): Promise<void> {
    const key = JSON.stringify(spec);
    const known = checked.get(key) ?? checkSchema(opened(), [spec]);
    checked.set(key, known);
    known.catch(() => checked.delete(key));
    return known;
  }

  async function attempt<R>(what: string, command: () => Promise<R>): Promise<R> {
    const running = command();
    underWay.add(running);
    try {
      const answer = await running;
      report(undefined);
      return answer;
    } catch (error) {
      const mapped = toEngineError(what, error);
      if (mapped.retryable && connection) report(mapped);
      throw mapped;
    } finally {
      underWay.delete(running);
    }
  }

  const run: RunCommand = (spec, command) =>
    attempt(`collection ${spec.name}`, async () => {
      const { name } = opened();
      await declared(spec);
      return command(opened().getClient().db(name).collection<StoredDocument>(spec.name));
    });

  return {
    name: 'documents in MongoDB',
    async start() {
      if (connection) return;
      connection = await openMigrated(url, specs);
      for (const spec of specs) checked.set(JSON.stringify(spec), Promise.resolve());
      lateFiller.start(connection);
    },
    async stop(deadlineMs) {
      const closing = connection;
      if (!closing) return;
      const settled = (async () => {
        await lateFiller.stop();
        while (underWay.size > 0) await Promise.allSettled(underWay);
      })();
      await Promise.race([settled, new Promise((resolve) => setTimeout(resolve, deadlineMs).unref())]);
      connection = undefined;
      checked.clear();
      await closing.close(true);
    },
    collection: (spec) => createMongoCollection(spec, run),
    now: () => attempt('documents', () => readServerClock(opened())),
    check: () => attempt('documents', async () => void (await opened().getClient().db(opened().name).command({ ping: 1 }))),
  };
}

async function openMigrated(url: string, specs: readonly CollectionSpec[]): Promise<Connection> {
  const connection = await connectMongo(url);
  try {
    await checkSchema(connection, specs);
    return connection;
  } catch (error) {
    await connection.close(true);
    throw toEngineError('OPSLOOP_MONGODB_URL', error);
  }
}
