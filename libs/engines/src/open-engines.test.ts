import { execFileSync } from 'node:child_process';
import { collections, settingsSchema, topics, type Settings } from '@opsloop/contracts';
import { createEmbeddedDocuments } from '@opsloop/engines-embedded';
import type { Document } from '@opsloop/ports';
import { createSkewedClock, createTempDir, type TempDir } from '@opsloop/testing';
import { migrateEngines } from './migrate-engines.js';
import { openEngines, type Engines } from './open-engines.js';

describe('openEngines', () => {
  let dir: TempDir;
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const open = (settings: Partial<Record<keyof Settings, string>> = {}, lone = false) =>
    openEngines({ settings: settingsSchema.parse({ DATA_DIR: dir.path, ...settings }), clock: createSkewedClock(), logger: silent, lone });
  const nothingToDo = ['nothing to do: embedded documents bring themselves up to date at the start'];
  /** What it tells, or why it fails. */
  const migrate = async (settings: Partial<Record<keyof Settings, string>>): Promise<unknown> => {
    const told: string[] = [];
    return migrateEngines(settingsSchema.parse({ DATA_DIR: dir.path, ...settings }), (line) => told.push(line)).then(() => told, (error: unknown) => error);
  };
  const start = async ({ parts }: Engines) => {
    for (const part of parts) await part.start();
  };
  const stop = async ({ parts }: Engines) => {
    for (const part of parts.toReversed()) await part.stop(5_000);
  };
  beforeEach(() => {
    dir = createTempDir();
  });
  afterEach(() => dir.remove());

  test('opens what nothing is set for: all embedded, healthy, and there again after a restart', async () => {
    const first = await open();
    await start(first);
    for (const { check } of first.health) await check();
    expect(first.health.map(({ name }) => name)).toEqual(['bus', 'documents', 'metrics']);
    await first.bus.publish(topics.alarms.name, [{ key: 'default/a', value: Buffer.from('x') }]);
    const epoch = await first.checkpoints.begin({ group: 'g', partition: 0 });
    await stop(first);
    for (const { check } of first.health) await expect(check()).rejects.toMatchObject({ name: 'EngineError', retryable: true });

    const second = await open();
    await start(second);
    const seen: string[] = [];
    await second.bus.tail(topics.alarms.name, 'oldest', (_partition, records) => void seen.push(...records.map(({ key }) => key)));
    expect(await second.checkpoints.begin({ group: 'g', partition: 0 })).toBe(epoch + 1);
    await second.bus.publish(topics.alarms.name, [{ key: 'default/b', value: Buffer.from('y') }]);
    while (seen.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(seen.toSorted()).toEqual(['default/a', 'default/b']);
    await stop(second);
  });

  test('a second one on the same folder is refused before it touches anything, and may start when the first has stopped', async () => {
    const [first, second] = [await open(), await open()];
    await start(first);
    await expect(start(second)).rejects.toThrow(/^OPSLOOP_DATA_DIR: another Opsloop is using [^\n]*$/);
    await stop(second);
    await first.bus.publish(topics.alarms.name, [{ key: 'default/a', value: Buffer.from('x') }]);
    await stop(first);
    await start(second);
    await stop(second);
  });

  test.each<[string, Partial<Record<keyof Settings, string>>, boolean, string]>([
    ['a service alone on the embedded bus', {}, true, 'OPSLOOP_BUS=embedded works in all-in-one only (npm start), because an embedded engine has one owner: set OPSLOOP_BUS=kafka for a service that runs alone'],
    ['a service alone on embedded documents', { BUS: 'kafka', KAFKA_BROKERS: 'a:1', METRICS: 'influxdb', INFLUXDB_URL: 'http://a:1', INFLUXDB_TOKEN: 't' }, true, 'OPSLOOP_DOCUMENTS=embedded works in all-in-one only (npm start), because an embedded engine has one owner: set OPSLOOP_DOCUMENTS=mongodb for a service that runs alone'],
    ['Kafka without brokers', { BUS: 'kafka' }, false, 'OPSLOOP_KAFKA_BROKERS is needed with OPSLOOP_BUS=kafka: set it, for example kafka-1:9092,kafka-2:9092'],
    ['InfluxDB without a token', { METRICS: 'influxdb', INFLUXDB_URL: 'http://a:1' }, false, 'OPSLOOP_INFLUXDB_TOKEN is needed with OPSLOOP_METRICS=influxdb: set it, for example http://influxdb:8086 and its token'],
    ['MongoDB without an address', { DOCUMENTS: 'mongodb' }, false, 'OPSLOOP_MONGODB_URL is needed with OPSLOOP_DOCUMENTS=mongodb: set it, for example mongodb://user:password@mongodb:27017/opsloop'],
    ['an address that nobody would use', { MONGODB_URL: 'mongodb://a/b' }, false, 'OPSLOOP_MONGODB_URL is set, but OPSLOOP_DOCUMENTS=embedded does not use it: set OPSLOOP_DOCUMENTS=mongodb, or leave it out'],
    ['certificates without TLS', { BUS: 'kafka', KAFKA_BROKERS: 'a:1', KAFKA_TLS_CA: 'ca.pem' }, false, 'OPSLOOP_KAFKA_TLS_CA is set, but OPSLOOP_KAFKA_TLS=off does not use it: set OPSLOOP_KAFKA_TLS=on, or leave it out'],
    ['half a certificate', { BUS: 'kafka', KAFKA_BROKERS: 'a:1', KAFKA_TLS: 'on', KAFKA_TLS_CERT: 'cert.pem' }, false, 'OPSLOOP_KAFKA_TLS_CERT and OPSLOOP_KAFKA_TLS_KEY belong together: set both, or neither'],
    ['SASL without a password', { BUS: 'kafka', KAFKA_BROKERS: 'a:1', KAFKA_SASL: 'plain', KAFKA_USER: 'u' }, false, 'OPSLOOP_KAFKA_SASL=plain needs OPSLOOP_KAFKA_USER and OPSLOOP_KAFKA_PASSWORD: set both'],
    ['a password without SASL', { BUS: 'kafka', KAFKA_BROKERS: 'a:1', KAFKA_USER: 'u', KAFKA_PASSWORD: 'p' }, false, 'OPSLOOP_KAFKA_USER and OPSLOOP_KAFKA_PASSWORD are not used with OPSLOOP_KAFKA_SASL=none: choose plain, scram-sha-256 or scram-sha-512, or leave them out'],
  ])('%s is refused with one line that names the setting and the mend', async (_what, settings, lone, message) => {
    await expect(open(settings, lone)).rejects.toMatchObject({ name: 'EngineError', retryable: false, message });
    // A migration serves no engine alone: what only a lone service may not have is good for it.
    expect(await migrate(settings)).toEqual(lone ? nothingToDo : expect.objectContaining({ name: 'EngineError', retryable: false, message }));
  });

  test('embedded documents need no migration', async () => {
    expect(await migrate({})).toEqual(nothingToDo);
  });

  test('embedded documents that do not fit what is declared refuse the start', async () => {
    const former = createEmbeddedDocuments({ dataDir: dir.path, clock: createSkewedClock() });
    await former.start();
    const { name } = collections.tokens;
    for (const id of ['default/a', 'default/b']) await former.collection<Document & { readonly hash: string }>({ name }).insert({ id, tenant: 'default', hash: 'same' });
    await former.stop(5_000);
    const engines = await open();
    await expect(start(engines)).rejects.toMatchObject({ name: 'EngineError', retryable: false, message: expect.stringMatching(/^collection tokens: document default\/b has the unique key \(hash\) of document default\/a: remove one of them [^\n]*$/) });
    await stop(engines);
  });

  test('an embedded start loads no client of a server, and the other way round', async () => {
    const loaded = (settings: object): string[] => {
      const script = `
        const { Module } = await import('node:module');
        const { settingsSchema } = await import('@opsloop/contracts');
        const { openEngines } = await import('@opsloop/engines');
        const log = { info() {}, warn() {}, error() {} };
        await openEngines({ settings: settingsSchema.parse(${JSON.stringify(settings)}), clock: { now: Date.now }, logger: log, lone: false });
        const names = ['kafkajs', 'mongoose', 'libsql'];
        process.stdout.write(JSON.stringify(names.filter((name) => Object.keys(Module._cache).some((path) => path.includes(name)))), () => process.exit(0));`;
      return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: import.meta.dirname, encoding: 'utf8', timeout: 20_000 })) as string[];
    };
    expect(loaded({ DATA_DIR: dir.path })).toEqual(['libsql']);
    const servers = { BUS: 'kafka', KAFKA_BROKERS: 'a:1', METRICS: 'influxdb', INFLUXDB_URL: 'http://a:1', INFLUXDB_TOKEN: 't', DOCUMENTS: 'mongodb', MONGODB_URL: 'mongodb://a/b' };
    expect(loaded(servers)).toEqual(['kafkajs', 'mongoose']);
  });
});
