/** One or three brokers of the published Kafka, which clients of this machine reach at fixed ports and which reach each other by name. */
import { randomBytes } from 'node:crypto';
import { Network, type StartedNetwork } from 'testcontainers';
import { findFreePorts } from '../find-free-ports.js';
import { kafkaProperties, type KafkaPorts } from '../kafka-properties.js';
import type { KafkaBroker, KafkaCluster, StartKafkaOptions } from '../start-kafka.js';
import { takesConnections } from '../takes-connections.js';
import { startEngineContainer } from './engine-container.js';

type Options = Pick<StartKafkaOptions, 'brokers' | 'security'>;

const image = 'apache/kafka:4.1.1';
const configFile = '/tmp/broker.properties';
const [internalPort, controllerPort] = [19_092, 19_093];

export async function startKafkaContainers({ brokers, security }: Options): Promise<KafkaCluster> {
  const free = await findFreePorts(brokers * 2);
  const ports = Array.from({ length: brokers }, (_, i) => ({ plain: free[i * 2]!, secured: free[i * 2 + 1]!, controller: controllerPort }));
  const network = await new Network().start();
  const clusterId = randomBytes(16).toString('base64url');
  const started = await Promise.all(ports.map((_, index) => startBroker({ ports, index, network, clusterId, security })));
  return {
    addresses: started.map(({ address }) => address),
    brokers: started,
    async stop() {
      await Promise.all(started.map((one) => one.remove()));
      await network.stop();
    },
  };
}

interface BrokerOptions {
  readonly ports: readonly KafkaPorts[];
  readonly index: number;
  readonly network: StartedNetwork;
  readonly clusterId: string;
  readonly security: Options['security'];
}

async function startBroker({ ports, index, network, clusterId, security }: BrokerOptions): Promise<KafkaBroker & { remove(): Promise<void> }> {
  const { plain, secured } = ports[index]!;
  const container = await startEngineContainer({
    image,
    ports: [plain, ...(security ? [secured] : [])].map((port) => ({ container: port, host: port })),
    entrypoint: ['sh', '-c'],
    command: [`/opt/kafka/bin/kafka-storage.sh format --ignore-formatted -t ${clusterId} -c ${configFile} && exec /opt/kafka/bin/kafka-server-start.sh ${configFile}`],
    environment: { KAFKA_HEAP_OPTS: '-Xms128m -Xmx384m' },
    files: [{ content: containerProperties({ ports, index, security }), target: configFile }],
    network: { network, alias: nameOf(index) },
    isReady: () => takesConnections(plain),
  });
  return {
    address: `127.0.0.1:${plain}`,
    securedAddress: security ? `127.0.0.1:${secured}` : undefined,
    logFile: 'the log of the container',
    pid: () => undefined,
    start: container.start,
    stop: container.stop,
    kill: container.kill,
    freeze: container.freeze,
    thaw: container.thaw,
    remove: container.remove,
  };
}

/** Those of a broker on this machine; what differs comes behind, where it wins. */
function containerProperties({ ports, index, security }: Pick<BrokerOptions, 'ports' | 'index' | 'security'>): string {
  const { plain, secured } = ports[index]!;
  const outside = security ? [{ name: 'PLAINTEXT', port: plain }, { name: 'SECURED', port: secured }] : [{ name: 'PLAINTEXT', port: plain }];
  const changed = {
    'controller.quorum.voters': ports.map((_, i) => `${i + 1}@${nameOf(i)}:${controllerPort}`).join(),
    listeners: [...outside.map(({ name, port }) => `${name}://:${port}`), `INTERNAL://:${internalPort}`, `CONTROLLER://:${controllerPort}`].join(),
    'advertised.listeners': [...outside.map(({ name, port }) => `${name}://127.0.0.1:${port}`), `INTERNAL://${nameOf(index)}:${internalPort}`].join(),
    'inter.broker.listener.name': 'INTERNAL',
    'listener.security.protocol.map': `CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,INTERNAL:PLAINTEXT,SECURED:${security?.tls ? 'SASL_SSL' : 'SASL_PLAINTEXT'}`,
  };
  return kafkaProperties({ ports, index, dataDir: '/tmp/kafka-data', security }) + Object.entries(changed).map(([key, value]) => `${key}=${value}\n`).join('');
}

function nameOf(index: number): string {
  return `kafka-${index + 1}`;
}
