/** The whole main.ts of a service that runs alone: settings, engines, its own HTTP port with health and metrics, graceful stop. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { openContext, type EngineSet, type OpenEngines } from './engine-set.js';
import { createHttpServer } from '../http-server.js';
import { partGroup, type Part } from '../part/part.js';
import { readSettings } from './read-settings.js';
import { runUntilSignal } from './run-until-signal.js';
import type { ServiceContext } from './service-context.js';

interface Handler {
  handle?(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
  /** It answers health and metrics itself: it knows whom to let in, and has a page of the same address. */
  readonly answersProbes?: boolean;
  /** Ends what would never end by itself, such as live streams, before the HTTP server stops. */
  beforeStop?(): void;
}

export interface RunServiceOptions {
  readonly name: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly openEngines: OpenEngines;
  /** The part's `handle` answers what is not health or metrics, where it does not answer those too; false: not its path. */
  create(context: ServiceContext, engines: EngineSet): Part & Handler;
}

export async function runService({ name, environment, openEngines, create }: RunServiceOptions): Promise<void> {
  const read = readSettings(environment);
  if ('problems' in read) return failStart(name, read.problems.join('\n'));
  const { settings } = read;
  try {
    const { context, engines } = await openContext(name, settings, openEngines, true);
    const service = create(context, engines);
    const http = createHttpServer({
      host: settings.HTTP_HOST,
      port: settings.HTTP_PORT,
      logger: context.logger,
      beforeStop: () => service.beforeStop?.(),
      handler: (request, response) => void answer(context, engines, service, request, response),
    });
    const announce: Part = { name: 'announcement', start: async () => context.logger.info({ url: http.url() }, 'started'), stop: async () => undefined };
    await runUntilSignal(partGroup(name, [...engines.parts, service, http, announce]), context.logger);
  } catch (error) {
    failStart(name, error instanceof Error ? error.message : String(error));
  }
}

function failStart(name: string, reason: string): void {
  process.stderr.write(`${name} cannot start: ${reason}\n`);
  process.exitCode = 1;
}

async function answer(context: ServiceContext, engines: EngineSet, service: Handler, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const path = service.answersProbes ? undefined : request.url?.split('?')[0];
    if (path === '/healthz') return send(response, 200, 'application/json', '{"status":"alive"}');
    if (path === '/readyz') return await answerReady(engines, response);
    if (path === '/metrics') return send(response, 200, context.ownMetrics.contentType, await context.ownMetrics.text());
    if (!(await service.handle?.(request, response))) send(response, 404, 'application/problem+json', '{"type":"about:blank","title":"Not found","status":404}');
  } catch (error) {
    context.logger.error({ err: error, path: request.url }, 'a request failed');
    if (!response.headersSent) send(response, 500, 'application/problem+json', '{"type":"about:blank","title":"Internal error","status":500}');
  }
}

async function answerReady(engines: EngineSet, response: ServerResponse): Promise<void> {
  const results = await Promise.all(engines.health.map(async ({ name, check }) => [name, await check().then(() => 'answers', (error: unknown) => String(error))] as const));
  const ready = results.every(([, state]) => state === 'answers');
  send(response, ready ? 200 : 503, 'application/json', JSON.stringify({ status: ready ? 'ready' : 'not ready', engines: Object.fromEntries(results) }));
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type });
  response.end(body);
}
