/** Kafka, InfluxDB, a document server and every service on this machine, each a process of its own. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findFreePorts } from './find-free-ports.js';
import { installEngines, type EnginePrograms } from './install-engines.js';
import { createServiceProcess, type ServiceProcess } from './service-process.js';
import { startInfluxd, type Influxd } from './start-influxd.js';
import { startKafka, type KafkaCluster } from './start-kafka.js';
import { startMongoServer, type MongoServer } from './start-mongo-server.js';

export const clusterServices = ['aggregator', 'trigger', 'action', 'executor', 'collector', 'api', 'host-agent'] as const;
export type ClusterService = (typeof clusterServices)[number];

export interface ClusterOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Data of the engines, logs, tokens; a folder that was used before is taken up again. */
  readonly dataDir: string;
  /** Processes a service; default 1. */
  readonly counts?: Partial<Readonly<Record<ClusterService, number>>>;
  /** Brokers of Kafka; default 1. */
  readonly brokers?: 1 | 3;
  /** Further OPSLOOP_ settings of every service. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Ports of the first api and the first collector; free ones when left out. */
  readonly ports?: { readonly api: number; readonly collector: number };
  /** Nothing hears Ctrl-C in the terminal but this process, which then stops all in order. */
  readonly detached?: boolean;
  /** Told what is being done. */
  readonly tell?: (line: string) => void;
}

export interface Cluster {
  readonly kafka: KafkaCluster;
  readonly influxd: Influxd;
  readonly mongo: MongoServer;
  readonly services: readonly ServiceProcess[];
  readonly apiUrl: string;
  readonly collectorUrl: string;
  readonly adminToken: string;
  readonly ingestToken: string;
  stop(): Promise<void>;
}

interface Tokens {
  readonly admin: string;
  readonly ingest: string;
}

interface RunningEngines {
  readonly kafka: KafkaCluster;
  readonly influxd: Influxd;
  readonly mongo: MongoServer;
}

/** A reason where an engine cannot run on this machine. Rejects, with nothing left behind, when one does not start. */
export async function startCluster(options: ClusterOptions): Promise<Cluster | { readonly reason: string }> {
  const { environment, dataDir, tell = () => undefined } = options;
  const programs = await installEngines(environment);
  if ('reason' in programs) return programs;
  mkdirSync(join(dataDir, 'logs'), { recursive: true });
  const ending: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of ending.splice(0).toReversed()) await end();
  };
  try {
    tell('starting Kafka, InfluxDB and the document server');
    const engines = await startEngines(options, programs, ending);
    const { kafka, influxd, mongo } = engines;
    const tokens = keptTokens(dataDir);
    const settings = settingsOf(options, engines, tokens);
    const services = await createServices(options, settings);
    const apiUrl = urlOf(services, 'api');
    await migrate(options, settings);
    tell(`starting ${services.length} services`);
    // They need nobody but the engines. Agents come last and go first: what they would miss meanwhile is no outage.
    for (const wave of [services.filter(({ service }) => service !== 'host-agent'), services.filter(({ service }) => service === 'host-agent')]) {
      ending.push(async () => void (await Promise.all(wave.map((one) => one.stop()))));
      await Promise.all(wave.map((one) => one.start()));
    }
    // The command line on this machine finds the api by this file.
    writeFileSync(join(dataDir, 'cli.json'), `${JSON.stringify({ url: apiUrl, token: tokens.admin })}\n`, { mode: 0o600 });
    return { kafka, influxd, mongo, services, apiUrl, collectorUrl: urlOf(services, 'collector'), adminToken: tokens.admin, ingestToken: tokens.ingest, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** All three at once; how each is ended is known from the moment at which it runs. */
async function startEngines({ dataDir, brokers = 1, detached = false }: ClusterOptions, programs: EnginePrograms, ending: (() => Promise<void>)[]): Promise<RunningEngines> {
  const ended = <T extends { stop(): Promise<void> }>(engine: T): T => {
    ending.push(() => engine.stop());
    return engine;
  };
  const starting = [
    startKafka({ libs: programs.kafka, dataDir: join(dataDir, 'kafka'), brokers, detached }).then(ended),
    startInfluxd({ path: programs.influxd, dataDir: join(dataDir, 'influxdb'), detached }).then(ended),
    startMongoServer({ program: programs.mongo, dataDir: join(dataDir, 'mongodb'), detached }).then(ended),
  ] as const;
  // A failure is told when the others have started or failed, too: what runs must be ended.
  await Promise.allSettled(starting);
  const [kafka, influxd, mongo] = await Promise.all(starting);
  return { kafka, influxd, mongo };
}

function settingsOf({ dataDir, brokers = 1, settings }: ClusterOptions, { kafka, influxd, mongo }: RunningEngines, tokens: Tokens): Record<string, string> {
  return {
    OPSLOOP_BUS: 'kafka', OPSLOOP_KAFKA_BROKERS: kafka.addresses.join(','), OPSLOOP_KAFKA_REPLICATION: String(brokers),
    OPSLOOP_METRICS: 'influxdb', OPSLOOP_INFLUXDB_URL: influxd.url, OPSLOOP_INFLUXDB_ORG: influxd.org, OPSLOOP_INFLUXDB_TOKEN: influxd.token,
    OPSLOOP_DOCUMENTS: 'mongodb', OPSLOOP_MONGODB_URL: mongo.url,
    OPSLOOP_DATA_DIR: dataDir, OPSLOOP_ADMIN_TOKEN: tokens.admin, OPSLOOP_INGEST_TOKEN: tokens.ingest,
    ...settings,
  };
}

async function createServices({ environment, dataDir, counts = {}, ports, detached = false }: ClusterOptions, settings: Readonly<Record<string, string>>): Promise<ServiceProcess[]> {
  const wanted = clusterServices.flatMap((service) => Array.from({ length: counts[service] ?? 1 }, (_, i) => ({ service, number: i + 1 })));
  const free = await findFreePorts(wanted.length);
  const portOf = (service: ClusterService, number: number, other: number): number => (number === 1 && ports && (service === 'api' || service === 'collector') ? ports[service] : other);
  const all = wanted.map(({ service, number }, i) => ({ service, number, port: portOf(service, number, free[i]!) }));
  const collector = all.find(({ service }) => service === 'collector');
  return all.map(({ service, number, port }) =>
    createServiceProcess({
      service, environment, detached,
      instance: `${service}-${number}`,
      port: service === 'host-agent' ? undefined : port,
      settings: { ...settings, ...(collector && { OPSLOOP_COLLECTOR_URL: `http://127.0.0.1:${collector.port}` }) },
      logFile: join(dataDir, 'logs', `${service}-${number}.log`),
    }));
}

async function migrate({ environment, dataDir }: ClusterOptions, settings: Readonly<Record<string, string>>): Promise<void> {
  const logFile = join(dataDir, 'logs', 'migrate.log');
  const migration = createServiceProcess({ service: 'migrate', instance: 'migrate', port: undefined, settings, environment, logFile });
  await migration.start();
  if ((await migration.ended()) !== 0) throw new Error(`the migration failed: ${readFileSync(logFile, 'utf8').trimEnd().slice(-500)}`);
}

function urlOf(services: readonly ServiceProcess[], service: ClusterService): string {
  const url = services.find((one) => one.service === service)?.url;
  if (url === undefined) throw new Error(`a cluster needs at least one ${service}`);
  return url;
}

/** The same over all starts on this folder. */
function keptTokens(dataDir: string): Tokens {
  const path = join(dataDir, 'tokens.json');
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Tokens;
  } catch {
    const tokens = { admin: `ops_${randomBytes(24).toString('base64url')}`, ingest: `ops_${randomBytes(24).toString('base64url')}` };
    writeFileSync(path, `${JSON.stringify(tokens)}\n`, { mode: 0o600 });
    return tokens;
  }
}
