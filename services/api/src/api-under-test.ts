import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { settingsSchema, type Problem, type Scope } from '@opsloop/contracts';
import { openEngines } from '@opsloop/engines';
import { createTokenAuthority, openContext, partGroup } from '@opsloop/runtime';
import { createTempDir } from '@opsloop/testing';
import { createApi, type ApiDeps } from './service.js';

export const adminToken = 'admin-token-for-tests-0';

export interface Answered<T> {
  readonly status: number;
  readonly json: T & Problem;
  readonly headers: Headers;
}

export interface Asking {
  readonly method?: string;
  readonly body?: object;
  readonly headers?: Record<string, string>;
}

/** The API behind a real HTTP server on embedded engines in a folder of its own; `deps` replaces parts of it. */
export async function startApi(deps: Partial<ApiDeps> = {}, settings: Record<string, unknown> = {}) {
  const dir = createTempDir();
  const { context, engines } = await openContext('api', settingsSchema.parse({ DATA_DIR: dir.path, LOG_LEVEL: 'silent', ...settings }), openEngines, false);
  const authority = createTokenAuthority({ ...context, ...deps });
  const api = createApi({ ...context, authority, health: engines.health, ...deps });
  const parts = partGroup('test', [...engines.parts, api]);
  await parts.start();
  const makeToken = (name: string, scopes: readonly Scope[], secret: string): Promise<void> => authority.ensure({ tenant: 'default', name, scopes, createdBy: 'test', secret });
  await makeToken('admin', ['admin', 'read', 'operate', 'approve'], adminToken);
  const server = createServer((request, response) => api.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url, context, api, authority, makeToken,
    /** As the admin, unless `headers` say who else. */
    async ask<T = unknown>(path: string, { method = 'GET', body, headers = { authorization: `Bearer ${adminToken}` } }: Asking = {}): Promise<Answered<T>> {
      const answer = await fetch(`${url}${path}`, { method, redirect: 'manual', headers: { ...headers, ...(body && { 'content-type': 'application/json' }) }, ...(body && { body: JSON.stringify(body) }) });
      const text = await answer.text();
      return { status: answer.status, json: (text.startsWith('{') ? JSON.parse(text) : text) as T & Problem, headers: answer.headers };
    },
    async stop() {
      api.endStreams();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await parts.stop(5_000);
      dir.remove();
    },
  };
}

export type ApiUnderTest = Awaited<ReturnType<typeof startApi>>;
