/** A fixed name is held as long as its process runs: two of one name would count as one among their peers. */
import { randomUUID } from 'node:crypto';
import { collections } from '@opsloop/contracts';
import type { Clock, Collection, Document, Documents, Stored } from '@opsloop/ports';
import { EngineError } from '@opsloop/ports';
import type { EngineLog, EnginePart } from './engine-part.js';

interface Holder extends Document {
  /** Another one at each start. */
  readonly process: string;
}

const tenant = 'system';

export interface NameHolderOptions {
  readonly documents: Documents;
  /** OPSLOOP_INSTANCE. */
  readonly name: string;
  readonly clock: Clock;
  readonly logger: EngineLog;
  /** Default 12 s: so long does a process that was killed keep its name. */
  readonly leaseMs?: number;
}

/** Its start waits for the lease of a dead process to end, and throws one line when the holder proves to be alive. */
export function createNameHolder({ documents, name, clock, logger, leaseMs = 12_000 }: NameHolderOptions): EnginePart {
  const collection: Collection<Holder> = documents.collection<Holder>(collections.instances);
  const doc: Holder = { id: `${tenant}/${name}`, tenant, process: randomUUID() };
  const everyMs = leaseMs / 4;
  let held: Stored<Holder> | undefined;
  let ending = new AbortController();
  let renewing: Promise<void> | undefined;

  async function take(): Promise<boolean> {
    await collection.insert(doc);
    const [claimed] = await collection.claim({ id: doc.id }, { owner: doc.process, leaseMs });
    if (!claimed) return false;
    const named = await collection.replace(doc, claimed.version, { keepLease: true });
    held = named === 'conflict' ? undefined : named;
    return held !== undefined;
  }

  async function renew(): Promise<void> {
    while (!ending.signal.aborted) {
      await clock.sleep(everyMs, ending.signal);
      if (ending.signal.aborted || !held) return;
      const renewed = await collection.renew(doc.id, held.version, leaseMs).catch(() => undefined);
      if (renewed === 'conflict') return logger.error({ instance: name }, 'another process took the name of this one while it stood still: give each process an OPSLOOP_INSTANCE of its own');
      if (renewed) held = renewed;
    }
  }

  return {
    name: 'name of this process',
    async start() {
      if (renewing) return;
      ending = new AbortController();
      for (let seen: Stored<Holder> | undefined; !(await take()); await clock.sleep(everyMs / 2)) {
        const now = await collection.get(doc.id);
        // A dead process renews nothing: who does is alive.
        if (now && seen && now.doc.process === seen.doc.process && now.version > seen.version) refuse(name);
        seen = now;
      }
      renewing = renew();
    },
    async stop() {
      ending.abort();
      await renewing;
      renewing = undefined;
      if (held) await collection.remove(doc.id, held.version).catch(() => undefined);
      held = undefined;
    },
  };
}

function refuse(name: string): never {
  throw new EngineError(`OPSLOOP_INSTANCE=${name} is the name of another process that runs: give each process a name of its own, or leave it out`, { retryable: false });
}
