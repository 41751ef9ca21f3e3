/** The api as a process of its own: with the tokens of the settings, the page, and the demo service where it is wanted. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join, resolve } from 'node:path';
import { createSecret, createTokenAuthority, defaultTenant, partGroup, type HealthCheck, type Part, type ServiceContext, type TokenAuthority } from '@opsloop/runtime';
import { createDemoProcess, demoDefinitions, starterDefinitions, stopDemo } from '@opsloop/starter';
import { createApi } from './service.js';

export interface LoneApiDeps {
  readonly context: ServiceContext;
  readonly health: readonly HealthCheck[];
  readonly pageDir: string;
  /** Told where to sign in, once everything runs and no admin token is fixed. */
  announce(line: string): void;
}

export function createLoneApi({ context, health, pageDir, announce }: LoneApiDeps): Part & { handle(request: IncomingMessage, response: ServerResponse): Promise<boolean>; beforeStop(): void; readonly answersProbes: true } {
  const { settings } = context;
  const authority = createTokenAuthority(context);
  const demoDir = join(resolve(settings.DATA_DIR), 'demo');
  const demo = settings.DEMO ? createDemoProcess(demoDir) : undefined;
  const loginCode = settings.ADMIN_TOKEN === undefined ? createSecret() : undefined;
  const api = createApi({
    ...context, authority, health, pageDir,
    ...(loginCode !== undefined && { loginCode }),
    firstDefinitions: starterDefinitions(),
    ...(demo && { fixedDefinitions: demoDefinitions(demoDir), simulate: () => stopDemo(demo) }),
  });
  const stopped = async (): Promise<void> => undefined;
  const parts: Part[] = [
    { name: 'access', start: () => ensureTokens(authority, context), stop: stopped },
    ...(demo ? [{ name: 'demo service', start: async () => void (await demo.start()), stop: async () => void (await demo.stop()) }] : []),
    api,
    {
      name: 'announcement',
      start: async () => {
        if (loginCode !== undefined) announce(`sign in once with ${settings.PUBLIC_URL ?? `http://${settings.HTTP_HOST}:${settings.HTTP_PORT}`}/login?code=${loginCode}`);
      },
      stop: stopped,
    },
  ];
  return {
    ...partGroup('api', parts),
    answersProbes: true,
    async handle(request, response) {
      api.handle(request, response);
      return true;
    },
    beforeStop: () => api.endStreams(),
  };
}

async function ensureTokens(authority: TokenAuthority, { settings }: ServiceContext): Promise<void> {
  const ensure = (name: string, scopes: Parameters<TokenAuthority['ensure']>[0]['scopes'], secret: string | undefined): Promise<void> =>
    secret === undefined ? Promise.resolve() : authority.ensure({ tenant: defaultTenant, name, scopes, createdBy: 'opsloop', secret });
  await ensure('admin', ['ingest', 'read', 'operate', 'approve', 'admin'], settings.ADMIN_TOKEN);
  await ensure('agents', ['ingest'], settings.INGEST_TOKEN);
}
