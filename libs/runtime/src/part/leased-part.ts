import { collections } from '@opsloop/contracts';
import type { Document, Stored } from '@opsloop/ports';
import { retryWhileDown } from './backoff.js';
import { claimWorker, type Lease } from './claim-worker.js';
import { partGroup, type Part } from './part.js';
import type { ServiceContext } from '../service/service-context.js';

export interface LeasedPartOptions {
  readonly context: ServiceContext;
  readonly name: string;
  /** Name of the lease among all leases; it must not change, or two versions would work side by side. */
  readonly lease: string;
  /** One round; `signal` aborts when the lease is lost or the part stops. */
  round(signal: AbortSignal): Promise<void>;
  /** Milliseconds until the next round, asked after each. */
  waitMs(): number;
  /** Told of each round that failed; the next one follows all the same. */
  onFailure(error: unknown): void;
}

const leaseMs = 20_000;
const claimEveryMs = 5_000;

/** Rounds that one instance at a time does: whoever holds the lease, for as long as all goes well. */
export function leasedPart({ context, name, lease: leaseName, round, waitMs, onFailure }: LeasedPartOptions): Part {
  const { documents, clock, logger } = context;
  const leases = documents.collection<Document>(collections.leases);
  const leaseDoc: Document = { id: `system/${leaseName}`, tenant: 'system' };

  async function keep(_: Stored<Document>, lease: Lease<Document>): Promise<void> {
    while (!lease.signal.aborted) {
      await round(lease.signal).catch(onFailure);
      await clock.sleep(waitMs(), lease.signal);
    }
    // Handed back, so that the next holder need not wait for its end.
    await lease.exclusive(() => leases.replace(leaseDoc, lease.current().version)).catch(() => undefined);
  }

  let stopping = new AbortController();
  const place: Part = {
    name: `lease of ${name}`,
    async start() {
      stopping = new AbortController();
      await retryWhileDown(() => leases.insert(leaseDoc), { clock, signal: stopping.signal, onRetry: (error) => logger.warn({ err: error }, 'the documents do not answer') });
    },
    async stop() {
      stopping.abort();
    },
  };
  const worker = claimWorker<Document>({ context, name, collection: leases, filter: () => ({ id: leaseDoc.id }), leaseMs, pollMs: claimEveryMs, concurrency: 1, work: keep });
  return partGroup(name, [place, worker]);
}
