/** Live events over SSE. The id of an event is its arrival time, so a reader that comes back says from when it missed them. */
import { topics } from '@opsloop/contracts';
import type { Response } from 'express';
import type { BusRecord, TailFrom } from '@opsloop/ports';
import type { ServiceContext } from '@opsloop/runtime';
import { ApiError, badRequest } from '../http/api-error.js';
import { route, type Route } from '../http/route.js';

const streamed = [
  { topic: topics.alarms.name, event: 'alarm' },
  { topic: topics.workOrders.name, event: 'work-order' },
  { topic: topics.runs.name, event: 'run' },
  { topic: topics.notices.name, event: 'notice' },
] as const;

const mostStreams = 200;
const mostWaitingBytes = 1 << 20;
const beatMs = 15_000;

/** The open streams, for whoever ends them; once `ended`, none is opened any more. */
export interface LiveStreams {
  readonly open: Set<Response>;
  ended: boolean;
}

export function eventRoutes(context: ServiceContext, streams: LiveStreams): Route[] {
  const gauge = context.ownMetrics.gauge('event_streams', 'Open live streams');
  return [
    route({
      method: 'get', path: '/events', scope: 'read', summary: 'Live alarms, work orders, runs and notices (SSE; Last-Event-ID goes on where it was cut)',
      async handle({ principal, request, response }) {
        if (streams.ended) throw new ApiError(503, 'Not available now', 'The server is stopping: come back in a moment.');
        if (streams.open.size >= mostStreams) throw new ApiError(503, 'Not available now', `${mostStreams} live streams are open already.`);
        const from = tailFrom(request.headers['last-event-id']);
        // Whoever left before will not close again.
        if (response.destroyed) return undefined;
        streams.open.add(response);
        gauge.set(streams.open.size);
        response.on('close', () => void giveBack());
        response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
        write('retry: 2000\n\n');
        const beat = setInterval(() => write(': alive\n\n'), beatMs);
        const opening = streamed.map(({ topic, event }) => context.bus.tail(topic, from, (_partition, records) => send(event, records)));

        /** Tails may still tell something when the stream has ended: a write would be an error that nobody handles. */
        function write(text: string): void {
          if (!response.writableEnded && !response.destroyed) response.write(text);
        }

        function send(event: string, records: readonly BusRecord[]): void {
          for (const record of records) {
            if (!record.key.startsWith(`${principal.tenant}/`)) continue;
            write(`id: ${record.arrivalMs}\nevent: ${event}\ndata: ${Buffer.from(record.value).toString().replaceAll('\n', ' ')}\n\n`);
          }
          // A reader that does not read is cut off; it comes back with Last-Event-ID.
          if (response.writableLength > mostWaitingBytes) response.destroy();
        }

        /** Also when the reader leaves, or a tail fails, while others are being opened. */
        async function giveBack(): Promise<void> {
          clearInterval(beat);
          streams.open.delete(response);
          gauge.set(streams.open.size);
          await Promise.allSettled(opening.map(async (tail) => (await tail).stop()));
        }

        await Promise.all(opening);
        return undefined;
      },
    }),
  ];
}

function tailFrom(lastEventId: string | string[] | undefined): TailFrom {
  if (lastEventId === undefined || lastEventId === '') return 'latest';
  const arrivalMs = Number(lastEventId);
  if (!Number.isFinite(arrivalMs)) throw badRequest('Last-Event-ID is not one of this stream.');
  return { arrivalMs };
}
