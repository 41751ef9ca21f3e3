/** Settings that cannot work, given to real processes on real engines: exit code 1, and one line that names the setting and the mend. */
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { migrateMongo } from '@opsloop/engines-mongo';
import { influxdForTests, kafkaForTests, mongoForTests, type Influxd, type KafkaCluster, type MongoServer } from '@opsloop/native';
import { createTempDir } from '@opsloop/testing';
import { startService, type Start } from './start-service.js';

const [kafkaEngine, influxEngine, mongoEngine] = await Promise.all([kafkaForTests(process.env), influxdForTests(process.env), mongoForTests(process.env)]);
const reason = [kafkaEngine, influxEngine, mongoEngine].map((one) => ('reason' in one ? one.reason : undefined)).find((one) => one !== undefined);
const sometimes = reason === undefined ? describe : describe.skip;
const withEngines = ['collector', 'aggregator', 'trigger', 'action', 'executor', 'api'];

type Changes = Readonly<Record<string, string | undefined>>;

sometimes(reason === undefined ? 'settings that cannot work' : `settings that cannot work (skipped: ${reason})`, () => {
  const dir = createTempDir();
  let kafka: KafkaCluster;
  let influxd: Influxd;
  let mongo: MongoServer;
  let busy: Server;
  let good: Record<string, string>;

  beforeAll(async () => {
    if ('reason' in kafkaEngine || 'reason' in influxEngine || 'reason' in mongoEngine) return;
    kafka = await kafkaEngine.start({ dataDir: join(dir.path, 'kafka'), brokers: 1 });
    influxd = await influxEngine.start({ dataDir: join(dir.path, 'influxdb') });
    mongo = await mongoEngine.start({ dataDir: join(dir.path, 'mongodb') });
    busy = createServer();
    await new Promise<void>((resolve) => busy.listen(0, '127.0.0.1', resolve));
    good = {
      OPSLOOP_BUS: 'kafka', OPSLOOP_KAFKA_BROKERS: kafka.addresses.join(), OPSLOOP_KAFKA_REPLICATION: '1',
      OPSLOOP_METRICS: 'influxdb', OPSLOOP_INFLUXDB_URL: influxd.url, OPSLOOP_INFLUXDB_ORG: influxd.org, OPSLOOP_INFLUXDB_TOKEN: influxd.token,
      OPSLOOP_DOCUMENTS: 'mongodb', OPSLOOP_MONGODB_URL: mongo.url, OPSLOOP_DATA_DIR: join(dir.path, 'data'), OPSLOOP_DEMO: 'off',
    };
    expect(await startService('migrate', good)).toMatchObject({ code: 0, errors: '' });
  }, 300_000);
  afterAll(async () => {
    busy.close();
    await Promise.all([kafka.stop(), influxd.stop(), mongo.stop()]);
    dir.remove();
  }, 60_000);

  function start(service: string, changes: Changes): Promise<Start> {
    const settings = Object.entries({ ...good, ...changes }).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return startService(service, Object.fromEntries(settings));
  }

  async function expectRefusal(service: string, changes: Changes, told: RegExp): Promise<void> {
    const started = await start(service, changes);
    if (started.code === undefined) await started.stop();
    expect({ service, code: started.code }).toEqual({ service, code: 1 });
    expect(started.errors).toMatch(/^[^\n]+\n$/);
    expect(started.errors).toMatch(told);
    expect(started.errors).not.toContain('secret');
  }

  /** A token that may read buckets, and make none. */
  async function readOnlyToken(): Promise<string> {
    const headers = { authorization: `Token ${influxd.token}`, 'content-type': 'application/json' };
    const { orgs } = (await (await fetch(`${influxd.url}/api/v2/orgs?org=${influxd.org}`, { headers })).json()) as { orgs: { id: string }[] };
    const permissions = [{ action: 'read', resource: { type: 'buckets', orgID: orgs[0]!.id } }];
    const answer = await fetch(`${influxd.url}/api/v2/authorizations`, { method: 'POST', headers, body: JSON.stringify({ orgID: orgs[0]!.id, permissions }) });
    return ((await answer.json()) as { token: string }).token;
  }

  const database = (name: string): string => mongo.url.replace('/opsloop', `/${name}`);

  test.each(withEngines)('a wrong broker: %s', (service) => expectRefusal(service, { OPSLOOP_KAFKA_BROKERS: '127.0.0.1:1' }, /^\S+ cannot start: OPSLOOP_KAFKA_BROKERS=127\.0\.0\.1:1 cannot be reached \(.*\): check host and port/), 60_000);

  test.each(withEngines)('a database that was never migrated: %s', (service) => expectRefusal(service, { OPSLOOP_MONGODB_URL: database('empty') }, /^\S+ cannot start: OPSLOOP_MONGODB_URL: the database empty has not the schema of this version \(there is none\): run `npm run migrate`/), 60_000);

  test('an old schema', async () => {
    await migrateMongo(database('old'), [{ name: 'alarms' }, { name: 'notices' }]);
    await expectRefusal('action', { OPSLOOP_MONGODB_URL: database('old') }, /^action cannot start: OPSLOOP_MONGODB_URL: the database old has not the schema of this version \(.+\): run `npm run migrate`/);
    expect(await start('migrate', { OPSLOOP_MONGODB_URL: database('old') })).toMatchObject({ code: 0, errors: '' });
    const mended = await start('action', { OPSLOOP_MONGODB_URL: database('old'), OPSLOOP_KAFKA_PREFIX: 'old-' });
    await mended.stop();
    expect(mended).toMatchObject({ code: undefined, errors: '' });
  }, 120_000);

  test.each<[string, string, () => Changes | Promise<Changes>, RegExp]>([
    ['a broker that is no broker', 'trigger', () => ({ OPSLOOP_KAFKA_BROKERS: influxd.url.replace('http://', '') }), /OPSLOOP_KAFKA_BROKERS=127\.0\.0\.1:\d+ .*: check/],
    ['more copies than brokers', 'collector', () => ({ OPSLOOP_KAFKA_REPLICATION: '3', OPSLOOP_KAFKA_PREFIX: 'copies-' }), /OPSLOOP_KAFKA_REPLICATION=3 needs as many brokers, and this cluster has 1: set it to 1, or start more brokers/],
    ['a wrong token', 'aggregator', () => ({ OPSLOOP_INFLUXDB_TOKEN: 'not-the-secret' }), /does not know the token: set OPSLOOP_INFLUXDB_TOKEN/],
    ['a wrong organization', 'aggregator', () => ({ OPSLOOP_INFLUXDB_ORG: 'nobody' }), /has no organization "nobody": set OPSLOOP_INFLUXDB_ORG/],
    ['a missing bucket', 'aggregator', async () => ({ OPSLOOP_INFLUXDB_BUCKET: 'fresh', OPSLOOP_INFLUXDB_TOKEN: await readOnlyToken() }), /has no bucket "fresh_base", and the token of OPSLOOP_INFLUXDB_TOKEN may not create it: create it \(OPSLOOP_INFLUXDB_BUCKET/],
    ['nobody at the address of MongoDB', 'executor', () => ({ OPSLOOP_MONGODB_URL: 'mongodb://somebody:secret@127.0.0.1:1/opsloop' }), /OPSLOOP_MONGODB_URL: no MongoDB answers at 127\.0\.0\.1:1 \(.*\): start it, or mend the address/],
    ['nobody there to be migrated', 'migrate', () => ({ OPSLOOP_MONGODB_URL: 'mongodb://somebody:secret@127.0.0.1:1/opsloop' }), /OPSLOOP_MONGODB_URL: no MongoDB answers at 127\.0\.0\.1:1/],
    ['a port that is taken', 'collector', () => ({ OPSLOOP_HTTP_PORT: String((busy.address() as AddressInfo).port) }), /OPSLOOP_HTTP_PORT: port \d+ on 127\.0\.0\.1 is taken: stop what uses it, or set another port/],
    ['an address that is not of this machine', 'api', () => ({ OPSLOOP_HTTP_HOST: '192.0.2.1' }), /OPSLOOP_HTTP_HOST=192\.0\.2\.1 is no address of this machine \(EADDRNOTAVAIL\): set one of its own, or 0\.0\.0\.0 for all/],
    ['an engine that only all-in-one may use', 'trigger', () => ({ OPSLOOP_BUS: undefined, OPSLOOP_KAFKA_BROKERS: undefined }), /OPSLOOP_BUS=embedded works in all-in-one only .*: set OPSLOOP_BUS=kafka/],
    ['a misspelt name', 'trigger', () => ({ OPSLOOP_KAFKA_BROKER: 'a:1' }), /OPSLOOP_KAFKA_BROKER is not a setting; did you mean OPSLOOP_KAFKA_BROKERS\?/],
    ['a value that is none', 'action', () => ({ OPSLOOP_WINDOW_MS: '7000' }), /OPSLOOP_WINDOW_MS: must divide a day evenly/],
    ['a secret without its file', 'aggregator', () => ({ OPSLOOP_INFLUXDB_TOKEN: undefined, OPSLOOP_INFLUXDB_TOKEN_FILE: '/no/such/file' }), /OPSLOOP_INFLUXDB_TOKEN_FILE: the file \/no\/such\/file cannot be read \(ENOENT\): create it or mend its rights/],
    ['a host agent without a token', 'host-agent', () => ({}), /OPSLOOP_INGEST_TOKEN: a host agent that runs alone needs the token for agents/],
  ])('%s', async (_what, service, changes, told) => expectRefusal(service, await changes(), told), 60_000);

  test('nobody at the address of InfluxDB: alarms do not wait for history, so it starts, and is not ready', async () => {
    const started = await start('api', { OPSLOOP_INFLUXDB_URL: 'http://127.0.0.1:1' });
    const answer = await fetch(`${started.url}/readyz`);
    const body = await answer.text();
    await started.stop();
    expect(started).toMatchObject({ code: undefined, errors: '' });
    expect({ status: answer.status, body }).toEqual({ status: 503, body: expect.stringMatching(/"metrics":".*127\.0\.0\.1:1/) });
  }, 60_000);

  test('two services with the same id: the second is refused, and the first goes on', async () => {
    const first = await start('trigger', { OPSLOOP_INSTANCE: 'trigger-1' });
    expect(first).toMatchObject({ code: undefined, errors: '' });
    await expectRefusal('trigger', { OPSLOOP_INSTANCE: 'trigger-1' }, /^trigger cannot start: OPSLOOP_INSTANCE=trigger-1 is the name of another process that runs: give each process a name of its own/);
    await first.stop();
    const next = await start('trigger', { OPSLOOP_INSTANCE: 'trigger-1' });
    await next.stop();
    expect(next).toMatchObject({ code: undefined, errors: '' });
  }, 120_000);
});
