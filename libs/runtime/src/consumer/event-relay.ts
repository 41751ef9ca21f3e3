/** The document decides, events follow: publishes what waits in documents, then clears it. */
import type { CollectionSpec, Collection, Document, Stored } from '@opsloop/ports';
import type { PendingEvent } from '@opsloop/contracts';
import { backoffMs } from '../part/backoff.js';
import { encodeEvent } from './event-codec.js';
import type { Part } from '../part/part.js';
import { periodicPart } from '../part/periodic-part.js';
import type { ServiceContext } from '../service/service-context.js';
import { untilBeat } from '../part/until-beat.js';

export interface Announcing extends Document {
  readonly pendingEvents: readonly PendingEvent[];
  readonly hasPendingEvents: boolean;
}

export interface EventRelayOptions {
  readonly context: ServiceContext;
  readonly collection: CollectionSpec;
}

const pollMs = 1_000;
const pageSize = 100;

/**
 * Events of one document are published in their order; readers drop ids that they know, because a crash between
 * publishing and clearing publishes them again. Several instances may relay at once for the same reason.
 */
export function eventRelay({ context, collection: spec }: EventRelayOptions): Part & { wake(): void } {
  const { bus, documents, clock, logger, reach } = context;
  const collection: Collection<Announcing> = documents.collection<Announcing>(spec);

  async function relayAll(signal: AbortSignal): Promise<void> {
    for (;;) {
      const { items, nextCursor } = await collection.find({ hasPendingEvents: true }, { limit: pageSize });
      for (const stored of items) {
        if (signal.aborted) return;
        await relay(stored);
      }
      // A page of heavy documents is shorter than its limit.
      if (nextCursor === undefined) return;
    }
  }

  async function relay(stored: Stored<Announcing>): Promise<void> {
    const waiting = stored.doc.pendingEvents;
    for (const topic of new Set(waiting.map((one) => one.topic))) {
      const events = waiting.filter((one) => one.topic === topic);
      await bus.publish(topic, events.map(({ key, event }) => ({ key, value: encodeEvent(event), headers: cloudEventHeaders(event) })));
    }
    reach('relay.after-publish');
    await clear(stored, new Set(waiting.map(({ event }) => event.id)));
  }

  /** Takes out what was published; what the document has announced since stays for the next round. Whoever has taken its events over meanwhile is not disturbed. */
  async function clear(stored: Stored<Announcing> | undefined, published: ReadonlySet<string>): Promise<void> {
    for (let current = stored; current; current = await collection.get(current.doc.id)) {
      const pendingEvents = current.doc.pendingEvents.filter(({ event }) => !published.has(event.id));
      if (!current.doc.hasPendingEvents || pendingEvents.length === current.doc.pendingEvents.length) return;
      const cleared = await collection.replace({ ...current.doc, pendingEvents, hasPendingEvents: pendingEvents.length > 0 }, current.version, { keepLease: true });
      if (cleared !== 'conflict') return;
    }
  }

  return periodicPart({
    name: `relay of ${spec.name}`,
    clock,
    round: relayAll,
    waitMs: (failures) => (failures === 0 ? untilBeat(clock, pollMs) : backoffMs(failures)),
    onFailure: (error) => logger.warn({ err: error, collection: spec.name }, 'events wait: an engine failed'),
  });
}

function cloudEventHeaders(event: { readonly id: string; readonly type: string }): Record<string, string> {
  return { 'content-type': 'application/cloudevents+json', ce_id: event.id, ce_type: event.type };
}
