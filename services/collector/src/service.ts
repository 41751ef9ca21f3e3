/** Collector: takes what agents send, answers as InfluxDB does, and puts it on the bus. Read this file first. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { partGroup, type Part, type ServiceContext } from '@opsloop/runtime';
import { createBodyReader } from './body-reader.js';
import type { Authenticate } from './check-sender.js';
import { Intake } from './intake.js';
import { createIntakeMetrics } from './intake-metrics.js';
import { createLogsHandler } from './log/on-logs.js';
import { answerHealth, answerPing } from './on-probe.js';
import { createIntakeConsumer } from './on-intake-record.js';
import { createQueryHandler } from './on-query.js';
import { createWriteHandler } from './on-write.js';
import { createLineReader } from './read-lines.js';
import { createRouter } from './route.js';
import { createTickWriter } from './tick-writer.js';

export interface CollectorDeps extends ServiceContext {
  /** Who has this secret; kept for a short time by whoever provides it, since it is asked for each request. */
  readonly authenticate: Authenticate;
  /** How long nothing of a body may come; default 30 s. All of it may take twice as long. */
  readonly maxBodySilenceMs?: number;
  /** Bodies that may be under way at once; default 1,000. */
  readonly maxBodies?: number;
}

export interface Collector extends Part {
  /** Answers requests to the collector's addresses; false: not one of them. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
}

const housekeepingMs = 1_000;
const forgetEveryMs = 60_000;

export function createCollector({ authenticate, maxBodySilenceMs = 30_000, maxBodies = 1_000, ...context }: CollectorDeps): Collector {
  const { bus, clock, settings, ownMetrics } = context;
  const intake = new Intake(settings);
  const metrics = createIntakeMetrics(ownMetrics);
  const bodies = createBodyReader({ maxBodyBytes: settings.MAX_BODY_BYTES, maxBodies, maxSilenceMs: maxBodySilenceMs, maxMs: 2 * maxBodySilenceMs }, clock);
  const readLines = createLineReader(context, intake, metrics);
  const write = createWriteHandler({ context, authenticate, readLines, bodies, metrics });
  const query = createQueryHandler(authenticate, bodies);
  const logs = createLogsHandler({ context, authenticate, bodies });
  const routeOf = createRouter();
  const ticks = createTickWriter(context);
  const housekeeping = createHousekeeping(() => {
    bodies.cutSlow();
    metrics.flush(intake.series);
  }, () => intake.forgetSilent(clock.monotonic()));

  return {
    ...partGroup('collector', [housekeeping, ticks, createIntakeConsumer(context, readLines)]),
    async handle(request, response) {
      const route = routeOf(request.url ?? '');
      if (!route) return false;
      if (route.kind === 'write') await write(request, response, route);
      else if (route.kind === 'query') await query(request, response, route.query);
      else if (route.kind === 'logs') await logs(request, response, route.query);
      else if (route.kind === 'ping') answerPing(request, response, route.query);
      else answerHealth(request, response, bus.isFull());
      return true;
    },
  };
}

function createHousekeeping(eachSecond: () => void, eachMinute: () => void): Part {
  let timers: NodeJS.Timeout[] = [];
  return {
    name: 'housekeeping',
    async start() {
      if (timers.length > 0) return;
      timers = [setInterval(eachSecond, housekeepingMs), setInterval(eachMinute, forgetEveryMs)];
      for (const timer of timers) timer.unref();
    },
    async stop() {
      for (const timer of timers) clearInterval(timer);
      timers = [];
      eachSecond();
    },
  };
}
