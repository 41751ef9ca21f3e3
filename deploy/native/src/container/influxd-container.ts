import { randomBytes } from 'node:crypto';
import { findFreePorts } from '../find-free-ports.js';
import type { Influxd } from '../start-influxd.js';
import { startEngineContainer } from './engine-container.js';

/** InfluxDB 2 as it is published, with one organization and one token. */
export async function startInfluxdContainer(): Promise<Influxd> {
  const [port] = (await findFreePorts(1)) as [number];
  const [url, org, token] = [`http://127.0.0.1:${port}`, 'opsloop', randomBytes(24).toString('base64url')];
  const container = await startEngineContainer({
    image: 'influxdb:2',
    ports: [{ container: 8086, host: port }],
    environment: {
      DOCKER_INFLUXDB_INIT_MODE: 'setup', DOCKER_INFLUXDB_INIT_USERNAME: 'admin', DOCKER_INFLUXDB_INIT_PASSWORD: randomBytes(24).toString('base64url'),
      DOCKER_INFLUXDB_INIT_ORG: org, DOCKER_INFLUXDB_INIT_BUCKET: 'unused', DOCKER_INFLUXDB_INIT_ADMIN_TOKEN: token, INFLUXD_REPORTING_DISABLED: 'true',
    },
    // The image sets itself up on another port first: who knows the token is the real one.
    isReady: () => fetch(`${url}/api/v2/orgs?org=${org}`, { headers: { authorization: `Token ${token}` }, signal: AbortSignal.timeout(5_000) }).then(({ ok }) => ok),
  });
  return {
    url, org, token,
    logFile: 'the log of the container',
    pid: undefined,
    start: container.start,
    stop: container.stop,
    kill: container.kill,
    freeze: container.freeze,
    thaw: container.thaw,
  };
}
