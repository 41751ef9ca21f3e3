import { join, resolve } from 'node:path';
import { createLogger, createSystemClock, readSettings, runUntilSignal } from '@opsloop/runtime';
import { createDemoProcess, demoServiceName } from '@opsloop/starter';
import { createHostAgent } from './service.js';

const read = readSettings(process.env);
if ('problems' in read || read.settings.INGEST_TOKEN === undefined) {
  const problems = 'problems' in read ? read.problems : ['OPSLOOP_INGEST_TOKEN: a host agent that runs alone needs the token for agents'];
  process.stderr.write(`host-agent cannot start: ${problems.join('\n')}\n`);
  process.exit(1);
}
const { COLLECTOR_URL: url, INGEST_TOKEN: token, LOG_LEVEL, DATA_DIR, DEMO, HOST_NAME: hostName } = read.settings;
const demo = createDemoProcess(join(resolve(DATA_DIR), 'demo'));
const logger = createLogger(LOG_LEVEL, 'host-agent');
const agent = createHostAgent({ url: () => url, token: () => token, clock: createSystemClock(), logger, ...(hostName !== undefined && { hostName }), services: DEMO ? [{ name: demoServiceName, url: () => demo.url() }] : [] });
await runUntilSignal(agent, logger);
