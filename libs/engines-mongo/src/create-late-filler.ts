/** Fills in what services of an older version write after the migration, because nobody knows when the last of them stops. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CollectionSpec } from '@opsloop/ports';
import type { Connection } from 'mongoose';
import { decideLook } from './decide-look.js';
import { fillIn } from './fill-in.js';
import { claimLook, noteLacking, noteLook, readRecords } from './schema-record.js';
import { layoutOf } from './stored-document.js';
import { toEngineError } from './to-engine-error.js';

/** Read in time by a server that has other things to do, also where each carries a megabyte. */
const pieceDocuments = 500;

export interface LateFillerOptions {
  readonly specs: readonly CollectionSpec[];
  readonly everyMs: number;
  readonly onFilled: (collection: string, documents: number) => void;
  readonly onUnfilled: (error: Error) => void;
}

export interface LateFiller {
  start(connection: Connection): void;
  /** Resolves when nothing is under way any more. */
  stop(): Promise<void>;
}

/**
 * A collection is gone through only while documents of late lacked something (decide-look), and by one process at a time:
 * there is no index that finds what is not there. Else a look reads the records of the collections, and that is all.
 */
export function createLateFiller({ specs, everyMs, onFilled, onUnfilled }: LateFillerOptions): LateFiller {
  let ending = new AbortController();
  let running: Promise<void> | undefined;

  async function run(connection: Connection, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await lookAtAll(connection, signal).catch((error: unknown) => tell(error, signal));
      await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  async function lookAtAll(connection: Connection, signal: AbortSignal): Promise<void> {
    const records = await readRecords(connection);
    for (const spec of specs) {
      const record = records.get(spec.name);
      if (!record || signal.aborted) continue;
      const decided = decideLook(record, layoutOf(spec), record.now.getTime(), everyMs);
      if (decided === 'announce') await noteLacking(connection, spec);
      if (decided === 'look' && (await claimLook(connection, spec, record))) await goThrough(connection, spec, signal).catch((error: unknown) => tell(error, signal));
    }
  }

  async function goThrough(connection: Connection, spec: CollectionSpec, signal: AbortSignal): Promise<void> {
    let filled = 0;
    try {
      for await (const more of fillIn(connection, spec, pieceDocuments)) {
        filled += more;
        // A large collection takes longer than others wait for their turn.
        await noteLook(connection, spec);
        if (signal.aborted) return;
      }
    } finally {
      if (filled > 0) {
        onFilled(spec.name, filled);
        await noteLacking(connection, spec);
      }
    }
  }

  /** Who reads and writes tells of a server that is down; this comes again. */
  function tell(error: unknown, signal: AbortSignal): void {
    const mapped = toEngineError('documents of an older version', error);
    if (!mapped.retryable && !signal.aborted) onUnfilled(mapped);
  }

  return {
    start(connection) {
      if (running) return;
      ending = new AbortController();
      running = run(connection, ending.signal);
    },
    async stop() {
      const ended = running;
      running = undefined;
      ending.abort();
      await ended;
    },
  };
}
