/** Where suites get their engines from, decided here alone: a container where Docker answers, else a process of the launchers. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { installInfluxd } from './install-influxd.js';
import { installKafka } from './install-kafka.js';
import { installMongoServer } from './install-mongo-server.js';
import { startInfluxd, type Influxd } from './start-influxd.js';
import { startKafka, type KafkaCluster, type StartKafkaOptions } from './start-kafka.js';
import { startMongoServer, type MongoServer } from './start-mongo-server.js';

type Environment = Readonly<Record<string, string | undefined>>;

export interface TestEngine<Options, Server> {
  /** What it is, for the titles of suites: people see which one ran. */
  readonly on: string;
  readonly start: (options: Options) => Promise<Server>;
  readonly isContainer: boolean;
}

/** Why a suite cannot run here. */
export interface Missing {
  readonly reason: string;
}

interface AtFolder {
  /** Of a process; a container keeps its data itself. */
  readonly dataDir: string;
}

const run = promisify(execFile);
let docker: Promise<boolean> | undefined;

/** OPSLOOP_TEST_ENGINES=native keeps to the launchers where Docker answers, too. */
function hasDocker(environment: Environment): Promise<boolean> {
  if (environment['OPSLOOP_TEST_ENGINES'] === 'native') return Promise.resolve(false);
  docker ??= run('docker', ['version', '--format', '{{.Server.Version}}'], { timeout: 20_000 }).then(() => true, () => false);
  return docker;
}

export async function kafkaForTests(environment: Environment): Promise<TestEngine<AtFolder & Pick<StartKafkaOptions, 'brokers' | 'security'>, KafkaCluster> | Missing> {
  if (await hasDocker(environment)) {
    const { startKafkaContainers } = await import('./container/kafka-containers.js');
    return told({ on: 'Kafka 4.1 in containers', isContainer: true, start: startKafkaContainers });
  }
  const installed = await installKafka(environment);
  return 'reason' in installed ? installed : told({ on: 'Kafka 4.1 as processes of this machine', isContainer: false, start: (options) => startKafka({ libs: installed.path, ...options }) });
}

export async function influxdForTests(environment: Environment): Promise<TestEngine<AtFolder, Influxd> | Missing> {
  if (await hasDocker(environment)) {
    const { startInfluxdContainer } = await import('./container/influxd-container.js');
    return told({ on: 'InfluxDB 2 in a container', isContainer: true, start: startInfluxdContainer });
  }
  const installed = await installInfluxd(environment);
  return 'reason' in installed ? installed : told({ on: 'InfluxDB 2.9 as a process of this machine', isContainer: false, start: (options) => startInfluxd({ path: installed.path, ...options }) });
}

export async function mongoForTests(environment: Environment): Promise<TestEngine<AtFolder, MongoServer> | Missing> {
  if (await hasDocker(environment)) {
    const { startMongoContainer } = await import('./container/mongo-container.js');
    return told({ on: 'MongoDB 8.0 in a container', isContainer: true, start: startMongoContainer });
  }
  const program = await installMongoServer(environment);
  return 'reason' in program ? program : told({ on: 'mongo-java-server, which speaks the protocol of MongoDB', isContainer: false, start: (options) => startMongoServer({ program, ...options }) });
}

/** Printed, too: titles are not shown where many suites run. */
function told<Options, Server>(engine: TestEngine<Options, Server>): TestEngine<Options, Server> {
  process.stderr.write(`this suite runs on ${engine.on}\n`);
  return engine;
}
