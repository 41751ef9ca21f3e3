/** Ticks: an empty record in every partition of metrics.raw and logs.raw each second, so that arrival clocks move without data. One collector writes them, under a lease. */
import { collections, tickKey, topics, type Topic } from '@opsloop/contracts';
import type { Document, Stored } from '@opsloop/ports';
import { periodicPart, type Part, type ServiceContext } from '@opsloop/runtime';

const leaseMs = 6_000;
const renewEveryMs = 2_000;
const tickEveryMs = 1_000;
/** The writer stops this long before its lease ends by its own clock. */
const marginMs = 2_000;
const leaseDoc: Document = { id: 'system/ticks', tenant: 'system' };
const empty = new Uint8Array(0);

export function createTickWriter({ bus, documents, clock, instance, logger }: ServiceContext): Part {
  const leases = documents.collection<Document>(collections.leases);
  let exists = false;
  let held: { stored: Stored<Document>; untilMs: number; renewAtMs: number } | undefined;

  function hold(stored: Stored<Document>, askedAtMs: number): void {
    held = { stored, untilMs: askedAtMs + leaseMs - marginMs, renewAtMs: askedAtMs + renewEveryMs };
  }

  async function keepLease(): Promise<void> {
    const nowMs = clock.monotonic();
    if (held && nowMs < held.renewAtMs) return;
    if (held) {
      const renewed = await leases.renew(leaseDoc.id, held.stored.version, leaseMs);
      if (renewed !== 'conflict') return hold(renewed, nowMs);
      held = undefined;
    }
    if (!exists) await leases.insert(leaseDoc);
    exists = true;
    const [claimed] = await leases.claim({ id: leaseDoc.id }, { owner: instance, leaseMs });
    if (claimed) hold(claimed, nowMs);
  }

  async function tick(): Promise<void> {
    const arrivalMs = clock.now();
    const ticks = ({ partitions }: Topic) => Array.from({ length: partitions }, (_, partition) => ({ key: tickKey, value: empty, partition, arrivalMs }));
    await Promise.all([topics.raw, topics.logs].map((topic) => bus.publish(topic.name, ticks(topic))));
  }

  return periodicPart({
    name: 'tick writer',
    clock,
    async round() {
      await keepLease();
      if (held && clock.monotonic() < held.untilMs) await tick();
    },
    waitMs: () => tickEveryMs - (clock.now() % tickEveryMs),
    onFailure: (error) => logger.warn({ err: error }, 'no tick could be written; the next one follows'),
    async afterStop() {
      const last = held;
      held = undefined;
      // Hands the lease back, so that the next writer need not wait for its end.
      if (last) await leases.replace(leaseDoc, last.stored.version).catch(() => undefined);
    },
  });
}
