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

/** `streams` holds the open ones, for whoever ends them at the stop. */
export function eventRoutes(context: ServiceContext, streams: Set<Response>): Route[] {
  const gauge = context.ownMetrics.gauge('event_streams', 'Open live streams');
  return [
    route({
      method: 'get', path: '/events', scope: 'read', summary: 'Live alarms, work orders, runs and notices (SSE; Last-Event-ID goes on where it was cut)',
      async handle({ principal, request, response }) {
        if (streams.size >= mostStreams) throw new ApiError(503, 'Not available now', `${mostStreams} live streams are open already.`);
        const from = tailFrom(request.headers['last-event-id']);
        streams.add(response);
        gauge.set(streams.size);
        response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
        response.write('retry: 2000\n\n');

        function send(event: string, records: readonly BusRecord[]): void {
          for (const record of records) {
            if (!record.key.startsWith(`${principal.tenant}/`)) continue;
            response.write(`id: ${record.arrivalMs}\nevent: ${event}\ndata: ${Buffer.from(record.value).toString().replaceAll('\n', ' ')}\n\n`);
          }
          // A reader that does not read is cut off; it comes back with Last-Event-ID.
          if (response.writableLength > mostWaitingBytes) response.destroy();
        }

        const tails = await Promise.all(streamed.map(({ topic, event }) => context.bus.tail(topic, from, (_partition, records) => send(event, records))));
        const beat = setInterval(() => response.write(': alive\n\n'), beatMs);
        const closed = new Promise<void>((resolve) => response.on('close', resolve));
        void closed.then(async () => {
          clearInterval(beat);
          streams.delete(response);
          gauge.set(streams.size);
          await Promise.all(tails.map((tail) => tail.stop()));
        });
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
