/** All-in-one: every service in one process on the engines that the settings choose. Read this file first. */
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createAction } from '@opsloop/action';
import { createAggregator } from '@opsloop/aggregator';
import { createApi } from '@opsloop/api';
import { createCollector } from '@opsloop/collector';
import { pageDir } from '@opsloop/console';
import { createExecutor } from '@opsloop/executor';
import { createHostAgent } from '@opsloop/host-agent';
import type { Channel, Runner } from '@opsloop/ports';
import { contextFor, createHttpServer, createSecret, createTokenAuthority, partGroup, type EngineSet, type Part, type ServiceContext } from '@opsloop/runtime';
import { createDemoProcess, demoDefinitions, demoServiceName, starterDefinitions, stopDemo } from '@opsloop/starter';
import { createTrigger } from '@opsloop/trigger';
import { announceCli, prepareAccess, type AccessFiles } from './access-files.js';

export interface AllInOneDeps {
  readonly context: ServiceContext;
  readonly engines: EngineSet;
  readonly channels: Readonly<Record<string, Channel>>;
  readonly runners: Readonly<Record<string, Runner>>;
  /** Told once everything runs. */
  announce(lines: readonly string[]): void;
}

export function createAllInOne({ context, engines, channels, runners, announce }: AllInOneDeps): Part {
  const { settings, clock } = context;
  const dataDir = resolve(settings.DATA_DIR);
  const authority = createTokenAuthority(context);
  const loginCode = createSecret();
  const demo = settings.DEMO ? createDemoProcess(join(dataDir, 'demo')) : undefined;
  let access: AccessFiles | undefined;

  const collector = createCollector({ ...contextFor(context, 'collector'), authenticate: authority.authenticate });
  const api = createApi({
    ...contextFor(context, 'api'),
    authority,
    loginCode,
    health: engines.health,
    pageDir: fileURLToPath(pageDir),
    firstDefinitions: starterDefinitions(),
    ...(demo && { fixedDefinitions: demoDefinitions(join(dataDir, 'demo')), simulate: async () => stopDemo(demo) }),
  });
  const http = createHttpServer({
    host: settings.HTTP_HOST,
    port: settings.HTTP_PORT,
    logger: context.logger,
    beforeStop: () => api.endStreams(),
    handler(request, response) {
      collector.handle(request, response).then((handled) => handled || api.handle(request, response), (error: unknown) => {
        context.logger.error({ err: error }, 'a request failed');
        if (!response.headersSent) response.writeHead(500).end();
      });
    },
  });

  const hostAgent = createHostAgent({
    url: () => http.url(),
    token: () => access!.hostAgentToken,
    clock,
    logger: contextFor(context, 'host-agent').logger,
    ...(settings.HOST_NAME !== undefined && { hostName: settings.HOST_NAME }),
    services: demo ? [{ name: demoServiceName, url: () => demo.url() }] : [],
  });
  const parts: Part[] = [
    ...engines.parts,
    startOnly('access', async () => {
      access = await prepareAccess({ authority, dataDir, adminToken: settings.ADMIN_TOKEN, ingestToken: settings.INGEST_TOKEN });
    }),
    ...(demo ? [{ name: 'demo service', start: async () => void (await demo.start()), stop: async () => void (await demo.stop()) }] : []),
    // It measures while the rest still starts: what it has waits until the collector answers.
    ...(settings.HOST_AGENT ? [hostAgent] : []),
    createAggregator(contextFor(context, 'aggregator')),
    createTrigger(contextFor(context, 'trigger')),
    createAction({ ...contextFor(context, 'action'), channels }),
    createExecutor({ ...contextFor(context, 'executor'), runners }),
    collector,
    api,
    http,
    startOnly('announcement', async () => {
      await announceCli(authority, dataDir, http.url());
      announce([`Opsloop is ready at ${http.url()}`, `  sign in once with  ${http.url()}/login?code=${loginCode}`, `  data lies in       ${dataDir}`, `  token for agents   ${access!.ingestTokenPath}`]);
    }),
  ];
  return partGroup('opsloop', parts);
}

function startOnly(name: string, start: () => Promise<void>): Part {
  return { name, start, stop: async () => undefined };
}
