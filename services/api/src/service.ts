/** API: reads everything, streams it, takes commands, serves the page. Read this file first. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Definition } from '@opsloop/contracts';
import { defaultTenant, partGroup, type HealthCheck, type Part, type ServiceContext, type TokenAuthority } from '@opsloop/runtime';
import { createAuthenticate } from './access/authenticate-request.js';
import { createSessions } from './access/sessions.js';
import { alarmRoutes } from './alarm/alarm-routes.js';
import { noticeRoutes } from './alarm/notice-routes.js';
import { createDeadLetterList, deadLetterRoutes } from './dead-letter/dead-letters.js';
import { applyDefinitionFiles } from './definition/apply-files.js';
import { definitionRoutes } from './definition/definition-routes.js';
import { createDefinitionStore, type DefinitionStore } from './definition/definition-store.js';
import { endRevokedStreams } from './events/end-revoked-streams.js';
import { eventRoutes, type LiveStreams } from './events/event-stream.js';
import { createApp } from './http/create-app.js';
import type { Route } from './http/route.js';
import { metricRoutes } from './measure/metric-routes.js';
import { queryRoutes } from './measure/query-routes.js';
import { createResourceDirectory } from './measure/resource-directory.js';
import { resourceRoutes } from './measure/resource-routes.js';
import { meRoutes, type Simulate } from './me-routes.js';
import { openApiDocument } from './open-api/open-api-document.js';
import { tokenRoutes } from './token/token-routes.js';
import { workOrderRoutes } from './work-order/work-order-routes.js';

export interface ApiDeps extends ServiceContext {
  readonly authority: TokenAuthority;
  readonly health: readonly HealthCheck[];
  /** Opens one admin session, once: the link that the start prints. */
  readonly loginCode?: string;
  readonly simulate?: Simulate;
  /** Folder of the built page. */
  readonly pageDir?: string;
  /** Applied at each start, and not to be changed over the API. */
  readonly fixedDefinitions?: readonly Definition[];
  /** Applied where they have never been; people change and delete them. */
  readonly firstDefinitions?: readonly Definition[];
}

const sweepEveryMs = 3_600_000;
const revokeEveryMs = 10_000;

export interface Api extends Part {
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Live streams never end by themselves: the HTTP server asks for it before it stops. */
  endStreams(): void;
}

export function createApi(deps: ApiDeps): Api {
  const sessions = createSessions(deps);
  const store = createDefinitionStore(deps);
  const streams: LiveStreams = { open: new Set(), ended: false };
  const authenticate = createAuthenticate(deps.authority, sessions);
  const app = createApp({ context: deps, routes: allRoutes(deps, store, streams), authenticate, sessions, ...deps });
  let sweeping: NodeJS.Timeout | undefined;
  let revoking: NodeJS.Timeout | undefined;

  const definitions: Part = {
    name: 'definitions',
    async start() {
      for (const definition of deps.fixedDefinitions ?? []) await store.apply(defaultTenant, { definition, source: sourceOf(definition), author: 'opsloop', managedBy: 'file' });
      for (const definition of deps.firstDefinitions ?? []) await store.applyOnce(defaultTenant, { definition, source: sourceOf(definition), author: 'opsloop', managedBy: 'api' });
      if (deps.settings.POLICY_DIR !== undefined) {
        const { applied, removed, stillUsed } = await applyDefinitionFiles(store, defaultTenant, deps.settings.POLICY_DIR, deps.settings.WINDOW_MS);
        deps.logger.info({ applied, removed, folder: deps.settings.POLICY_DIR }, 'definition files applied');
        for (const text of stillUsed) deps.logger.warn({ folder: deps.settings.POLICY_DIR }, text);
      }
      sweeping = setInterval(() => void sessions.sweep().catch((error: unknown) => deps.logger.warn({ err: error }, 'expired sessions stay for now')), sweepEveryMs);
      revoking = setInterval(() => void endRevokedStreams(streams.open, authenticate), revokeEveryMs);
    },
    async stop() {
      clearInterval(sweeping);
      clearInterval(revoking);
    },
  };

  const parts = partGroup('api', [definitions, createDeadLetterList(deps)]);
  return {
    ...parts,
    handle: (request, response) => void app(request, response),
    endStreams() {
      streams.ended = true;
      for (const response of streams.open) response.end();
    },
  };
}

/** The OpenAPI document of exactly the routes that are served. */
export function describeApi(deps: ApiDeps): object {
  return openApiDocument(allRoutes(deps, createDefinitionStore(deps), { open: new Set(), ended: true }));
}

function allRoutes(deps: ApiDeps, store: DefinitionStore, streams: LiveStreams): Route[] {
  const directory = createResourceDirectory(deps);
  return [
    ...meRoutes(deps, deps.simulate),
    ...resourceRoutes(deps, directory),
    ...metricRoutes(directory),
    ...queryRoutes(deps, directory),
    ...definitionRoutes(deps, store, directory),
    ...alarmRoutes(deps, directory),
    ...noticeRoutes(deps),
    ...workOrderRoutes(deps, directory),
    ...eventRoutes(deps, streams),
    ...deadLetterRoutes(deps),
    ...tokenRoutes(deps, deps.authority),
  ];
}

function sourceOf(definition: Definition): string {
  return `${JSON.stringify(definition, null, 2)}\n`;
}
