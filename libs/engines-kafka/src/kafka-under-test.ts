import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { kafkaForTests, type KafkaCluster, type StartKafkaOptions } from '@opsloop/native';
import { createSkewedClock, createTempDir, type BusUnderTest } from '@opsloop/testing';
import kafkajs from 'kafkajs';
import { createKafkaBus, type KafkaBus } from './create-kafka-bus.js';
import type { KafkaBusOptions } from './kafka-bus-options.js';

const engine = await kafkaForTests(process.env);
/** `describe`, or `describe.skip` with the reason in the name, where no Kafka can run. */
export const describeOnKafka = (name: string, body: () => void): void => ('start' in engine ? describe(`${name}, on ${engine.on}`, body) : describe.skip(`${name}: ${engine.reason}`, body));

/** Brokers for the tests of one file: started before them, gone after them. */
export function useBrokers(options: Pick<StartKafkaOptions, 'brokers' | 'security'>): { cluster(): KafkaCluster } {
  let cluster: KafkaCluster | undefined;
  const dir = createTempDir('opsloop-kafka-');
  beforeAll(async () => {
    if ('start' in engine) cluster = await engine.start({ dataDir: join(dir.path, 'kafka'), ...options });
  }, 120_000);
  afterAll(async () => {
    await cluster?.stop();
    dir.remove();
  }, 60_000);
  return { cluster: () => cluster! };
}

export interface KafkaBusUnderTest extends BusUnderTest {
  readonly bus: KafkaBus;
  readonly prefix: string;
  readonly warnings: readonly string[];
  readonly troubles: readonly (Error | undefined)[];
  /** Another process, as far as Kafka can tell. */
  openAnother(options?: Partial<KafkaBusOptions>): Promise<KafkaBus>;
}

const publisherScript = `
import { createKafkaBus } from '${pathToFileURL(createRequire(import.meta.url).resolve('@opsloop/engines-kafka')).href}';
const clock = { now: Date.now, monotonic: () => performance.now(), sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) };
const [brokers, prefix] = process.argv.slice(2);
const bus = createKafkaBus({ brokers: brokers.split(','), clientId: 'publisher', prefix, replication: 1, retentionMs: Infinity, sessionMs: 6000, clock });
await bus.start();
await Promise.all(Array.from({ length: 8 }, async (_, key) => {
  for (let value = 0; ; value++) {
    await bus.publish('alarms.v1', [{ key: 'default/' + key, value: Buffer.from(String(value)) }]);
    process.stdout.write('default/' + key + ' ' + value + '\\n');
  }
}));
`;

/** A bus on topics and groups of its own. */
export async function createKafkaUnderTest(cluster: KafkaCluster, given: Partial<KafkaBusOptions> = {}): Promise<KafkaBusUnderTest> {
  const prefix = `t${randomUUID().slice(0, 8)}-`;
  const clock = createSkewedClock();
  const dir = createTempDir();
  const warnings: string[] = [];
  const troubles: (Error | undefined)[] = [];
  const others: KafkaBus[] = [];
  let bus = await open();

  async function open(own: Partial<KafkaBusOptions> = {}): Promise<KafkaBus> {
    const opened = createKafkaBus({
      brokers: cluster.addresses, clientId: 'test', prefix, replication: cluster.brokers.length, retentionMs: Infinity, sessionMs: 6_000, clock, publishMs: 2_000,
      onTrouble: (error) => troubles.push(error),
      onHandlerFailure: (message, error) => warnings.push(`${message}: ${String(error)}`),
      ...given, ...own,
    });
    await opened.start();
    return opened;
  }

  return {
    prefix, warnings, troubles,
    get bus() {
      return bus;
    },
    async openAnother(own) {
      const another = await open(own);
      others.push(another);
      return another;
    },
    async reopen() {
      await bus.stop(5_000);
      bus = await open();
    },
    stop: () => bus.stop(5_000),
    async destroy() {
      await Promise.all([bus, ...others].map((one) => one.stop(5_000)));
      await removeTopics(cluster, prefix);
      dir.remove();
    },
    skip: clock.skip,
    spawnPublisher() {
      const script = join(dir.path, 'publish.mjs');
      writeFileSync(script, publisherScript);
      return spawn(process.execPath, [script, cluster.addresses.join(), prefix], { stdio: ['ignore', 'pipe', 'inherit'] });
    },
    outage: { begin: async () => void (await Promise.all(cluster.brokers.map((one) => one.freeze()))), end: async () => void (await Promise.all(cluster.brokers.map((one) => one.thaw()))) },
  };
}

async function removeTopics(cluster: KafkaCluster, prefix: string): Promise<void> {
  const admin = new kafkajs.Kafka({ brokers: [...cluster.addresses], logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  const topics = (await admin.listTopics()).filter((name) => name.startsWith(prefix));
  if (topics.length > 0) await admin.deleteTopics({ topics });
  await admin.disconnect();
}
