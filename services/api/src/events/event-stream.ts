/**
 * Live events over SSE. The id of an event is its arrival time, so a reader that comes back says from when it missed them:
 * it gets every one of them, and some twice. Topics and partitions are read side by side, so a little before that time is
 * read again, and the id that was asked for stays until what was missed has been told.
 */
import { topics } from '@opsloop/contracts';
import type { Response } from 'express';
import type { BusRecord, TailFrom } from '@opsloop/ports';
import type { ServiceContext } from '@opsloop/runtime';
import { z } from 'zod';
import { ApiError, badRequest } from '../http/api-error.js';
import { route, type Route } from '../http/route.js';

const streamed = [
  { topic: topics.alarms.name, event: 'alarm' },
  { topic: topics.workOrders.name, event: 'work-order' },
  { topic: topics.runs.name, event: 'run' },
  { topic: topics.notices.name, event: 'notice' },
] as const;

const mostStreams = 200;
const overlapMs = 2_000;
/** Nothing that was missed has come for so long: all of it has. */
const caughtUpAfterMs = 5_000;

const beats = { comment: ': alive\n\n', event: 'event: beat\ndata: {}\n\n' } as const;
// A page cannot see comments; whoever takes every event for one of the domain is spared another.
const eventsQuery = z.object({ beat: z.enum(['comment', 'event']).default('comment').describe('what says each 15 s that the line lives: a comment, or an event named beat') });

/** The open streams, for whoever ends them; once `ended`, none is opened any more. */
export interface LiveStreams {
  readonly open: Set<Response>;
  ended: boolean;
}

/** A reader that takes nothing for `silentMs` is cut off; until then what is read of the bus waits for it. */
export function eventRoutes(context: ServiceContext, streams: LiveStreams, { silentMs = 30_000, beatMs = 15_000 } = {}): Route[] {
  const { clock } = context;
  const gauge = context.ownMetrics.gauge('event_streams', 'Open live streams');
  return [
    route({
      method: 'get', path: '/events', scope: 'read', summary: 'Live alarms, work orders, runs and notices (SSE; Last-Event-ID goes on where it was cut)', query: eventsQuery,
      async handle({ principal, query, request, response }) {
        if (streams.ended) throw new ApiError(503, 'Not available now', 'The server is stopping: come back in a moment.');
        if (streams.open.size >= mostStreams) throw new ApiError(503, 'Not available now', `${mostStreams} live streams are open already.`);
        const askedMs = readId(request.headers['last-event-id']);
        const from: TailFrom = askedMs === undefined ? 'latest' : { arrivalMs: askedMs - overlapMs };
        const openedAtMs = clock.now();
        let missedSeenMs = askedMs === undefined ? -Infinity : clock.monotonic();
        let draining: Promise<void> | undefined;
        // Whoever left before will not close again.
        if (response.destroyed) return undefined;
        streams.open.add(response);
        gauge.set(streams.open.size);
        response.on('close', () => void giveBack());
        response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
        write('retry: 2000\n\n');
        const beat = setInterval(() => write(beats[query.beat]), beatMs);
        const opening = streamed.map(({ topic, event }) => context.bus.tail(topic, from, (_partition, records) => send(event, records)));

        /** Tails may still tell something when the stream has ended: a write would be an error that nobody handles. */
        function write(text: string): void {
          if (!response.writableEnded && !response.destroyed) response.write(text);
        }

        async function send(event: string, records: readonly BusRecord[]): Promise<void> {
          for (const record of records) {
            if (!record.key.startsWith(`${principal.tenant}/`)) continue;
            write(`id: ${idOf(record)}\nevent: ${event}\ndata: ${Buffer.from(record.value).toString().replaceAll('\n', ' ')}\n\n`);
            if (response.writableNeedDrain && !response.writableEnded && !response.destroyed) await (draining ??= drained(response, silentMs).finally(() => (draining = undefined)));
          }
        }

        function idOf({ arrivalMs }: BusRecord): number {
          if (arrivalMs < openedAtMs && askedMs !== undefined) missedSeenMs = clock.monotonic();
          return askedMs !== undefined && clock.monotonic() - missedSeenMs < caughtUpAfterMs ? askedMs : arrivalMs;
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

/** When there is room again, or the reader is gone: it left, or took nothing for too long. It comes back with Last-Event-ID. */
function drained(response: Response, silentMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => response.destroy(), silentMs);
    const done = (): void => {
      clearTimeout(cut);
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}

function readId(lastEventId: string | string[] | undefined): number | undefined {
  if (lastEventId === undefined || lastEventId === '') return undefined;
  const arrivalMs = Number(lastEventId);
  if (!Number.isFinite(arrivalMs)) throw badRequest('Last-Event-ID is not one of this stream.');
  return arrivalMs;
}
