import { createHash } from 'node:crypto';
import { join } from 'node:path';
import express, { Router, type Express, type NextFunction, type Request, type Response } from 'express';
import { rateLimit } from 'express-rate-limit';
import helmet from 'helmet';
import type { HealthCheck, ServiceContext, TokenAuthority } from '@opsloop/runtime';
import type { Authenticate } from '../access/authenticate-request.js';
import { createSessionRouter } from '../access/session-router.js';
import type { Sessions } from '../access/sessions.js';
import { openApiDocument } from '../open-api/open-api-document.js';
import { ApiError, notFound } from './api-error.js';
import { mountRoutes } from './mount-routes.js';
import type { Route } from './route.js';
import { createErrorHandler } from './send-problem.js';

export interface AppDeps {
  readonly context: ServiceContext;
  readonly routes: readonly Route[];
  readonly authenticate: Authenticate;
  readonly sessions: Sessions;
  readonly authority: TokenAuthority;
  readonly health: readonly HealthCheck[];
  readonly loginCode?: string;
  readonly pageDir?: string;
}

const bodyLimit = '1mb';
const minuteMs = 60_000;

/** The whole HTTP face but for ingest: routes, sessions, health, own metrics, OpenAPI and the page. */
export function createApp(deps: AppDeps): Express {
  const { context, routes, authenticate } = deps;
  const app = express();
  app.disable('x-powered-by');
  app.use(helmet({ contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'self'"], styleSrc: ["'self'", "'unsafe-inline'"], imgSrc: ["'self'", 'data:'], objectSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"], formAction: ["'self'"] } }, strictTransportSecurity: false }));
  app.use(probeRouter(deps));
  // Guesses of secrets are slowed down more than work is.
  app.use(['/api/v1/session', '/login'], limited(30, (request) => request.ip ?? ''));
  app.use('/api/v1', limited(6_000, callerOf));
  app.use(express.json({ limit: bodyLimit }), express.text({ limit: bodyLimit, type: ['application/yaml', 'application/x-yaml', 'text/yaml', 'text/x-yaml', 'text/plain'] }));
  const publicUrl = context.settings.PUBLIC_URL;
  app.use(createSessionRouter({ authority: deps.authority, sessions: deps.sessions, ...(deps.loginCode !== undefined && { loginCode: deps.loginCode }), ...(publicUrl !== undefined && { publicUrl }) }));

  const api = Router();
  mountRoutes(api, routes, authenticate);
  api.use((request) => {
    throw notFound('address', `${request.method} ${request.baseUrl}${request.path}`);
  });
  app.use('/api/v1', api);
  const description = JSON.stringify(openApiDocument(routes));
  app.get('/openapi.json', (_request, response) => void response.type('application/json').send(description));
  if (deps.pageDir !== undefined) servePage(app, deps.pageDir);
  app.use((request: Request) => {
    throw notFound('address', `${request.method} ${request.path}`);
  });
  app.use(createErrorHandler(context.logger));
  return app;
}

function probeRouter({ context, health, authenticate }: AppDeps): Router {
  const router = Router();
  router.get('/healthz', (_request, response) => void response.json({ status: 'alive' }));
  router.get('/readyz', async (_request, response) => {
    const results = await Promise.all(health.map(async ({ name, check }) => ({ name, error: await check().then(() => undefined, (error: unknown) => (error instanceof Error ? error.message : String(error))) })));
    const ready = results.every(({ error }) => error === undefined);
    response.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'not ready', engines: Object.fromEntries(results.map(({ name, error }) => [name, error ?? 'answers'])) });
  });
  router.get('/metrics', async (request, response, next) => {
    // A browser asks for the page of that name; a scraper does not ask for HTML.
    if (request.headers.accept?.includes('text/html')) return next();
    if (!isLoopback(request)) await authenticate(request);
    response.type(context.ownMetrics.contentType).send(await context.ownMetrics.text());
  });
  return router;
}

function isLoopback(request: Request): boolean {
  const address = request.socket.remoteAddress ?? '';
  return address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.');
}

function limited(perMinute: number, keyGenerator: (request: Request) => string) {
  return rateLimit({
    windowMs: minuteMs,
    limit: perMinute,
    keyGenerator,
    standardHeaders: 'draft-7',
    legacyHeaders: false,
    validate: { keyGeneratorIpFallback: false },
    handler(_request: Request, _response: Response, next: NextFunction) {
      next(new ApiError(429, 'Too many requests', `At most ${perMinute} requests a minute are taken here: wait and try again.`));
    },
  });
}

/** By token or session where there is one, so that callers behind one address do not starve each other. */
function callerOf(request: Request): string {
  const secret = request.headers.authorization ?? request.headers.cookie;
  return secret === undefined ? (request.ip ?? '') : createHash('sha256').update(secret).digest('base64url').slice(0, 22);
}

function servePage(app: Express, pageDir: string): void {
  app.use('/assets', express.static(join(pageDir, 'assets'), { immutable: true, maxAge: '365d', fallthrough: true }));
  app.use(express.static(pageDir, { index: false, cacheControl: true, maxAge: 0 }));
  app.get('/{*path}', (request, response, next) => {
    if (!request.accepts('html') || request.path.startsWith('/assets/')) return next();
    response.sendFile(join(pageDir, 'index.html'), { headers: { 'cache-control': 'no-cache' } });
  });
}
