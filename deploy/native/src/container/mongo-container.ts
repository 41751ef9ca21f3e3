import { findFreePorts } from '../find-free-ports.js';
import type { MongoServer } from '../start-mongo-server.js';
import { takesConnections } from '../takes-connections.js';
import { startEngineContainer } from './engine-container.js';

/** A mongod as it is published. Its clock cannot be moved: `skip` lets that much time pass. */
export async function startMongoContainer(): Promise<MongoServer> {
  const [port] = (await findFreePorts(1)) as [number];
  const container = await startEngineContainer({
    image: 'mongo:8.0',
    ports: [{ container: 27017, host: port }],
    isReady: () => takesConnections(port),
  });
  return {
    url: `mongodb://127.0.0.1:${port}/opsloop`,
    port,
    pid: () => undefined,
    start: container.start,
    stop: container.stop,
    kill: container.kill,
    freeze: container.freeze,
    thaw: container.thaw,
    skip: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  };
}
