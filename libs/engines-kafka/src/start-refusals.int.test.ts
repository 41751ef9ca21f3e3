import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createSkewedClock, createTempDir, eventually, numbers, textRecord } from '@opsloop/testing';
import { createKafkaBus } from './create-kafka-bus.js';
import type { KafkaBusOptions } from './kafka-bus-options.js';
import { describeOnKafka, useBrokers } from './kafka-under-test.js';

const dir = createTempDir();
const [keyFile, caFile] = [join(dir.path, 'key.pem'), join(dir.path, 'ca.pem')];
execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', keyFile, '-out', caFile, '-days', '2', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'], { stdio: 'ignore' });
const security = { user: 'opsloop', password: 'secret-1', tls: { key: readFileSync(keyFile, 'utf8'), certificate: readFileSync(caFile, 'utf8') } };

describeOnKafka('start', () => {
  const { cluster } = useBrokers({ brokers: 1, security });
  const plain = (): KafkaBusOptions => ({ brokers: cluster().addresses, clientId: 'test', prefix: 'start-', replication: 1, retentionMs: Infinity, sessionMs: 6_000, clock: createSkewedClock() });
  const secured = (): KafkaBusOptions => ({ ...plain(), brokers: [cluster().brokers[0]!.securedAddress!], tls: { caFile }, sasl: { mechanism: 'plain', user: 'opsloop', password: 'secret-1' } });

  async function refusal(options: KafkaBusOptions): Promise<string> {
    const bus = createKafkaBus(options);
    const error = await bus.start().then(() => undefined, (reason: unknown) => reason as Error & { retryable: boolean });
    await bus.stop(1_000);
    expect(error).toMatchObject({ name: 'EngineError', retryable: false });
    expect(error!.message).not.toContain('\n');
    return error!.message;
  }

  test('with TLS, a user and a password records go out and come back', async () => {
    const bus = createKafkaBus(secured());
    await bus.start();
    const texts: string[] = [];
    await bus.subscribe('alarms.v1', 'g', { onBatch: async (_partition, records) => void texts.push(...records.map(({ value }) => Buffer.from(value).toString())) });
    await bus.publish('alarms.v1', numbers(0, 5).map((text) => textRecord('default/a', text)));
    await eventually('all five', () => texts.length === 5, 10_000);
    expect(texts).toEqual(numbers(0, 5));
    await bus.stop(5_000);
  });

  test('nobody at the address', async () => {
    expect(await refusal({ ...plain(), brokers: ['127.0.0.1:1'] })).toMatch(/^OPSLOOP_KAFKA_BROKERS=127\.0\.0\.1:1 cannot be reached \(.*ECONNREFUSED.*\): check host and port/);
  });

  test('a host that has no address', async () => {
    expect(await refusal({ ...plain(), brokers: ['no-such-host.invalid:9092'] })).toMatch(/^OPSLOOP_KAFKA_BROKERS=no-such-host\.invalid:9092 cannot be reached/);
  });

  test('somebody else at the address', async () => {
    const server = createServer((socket) => socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).on('error', () => undefined));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const message = await refusal({ ...plain(), brokers: [`127.0.0.1:${(server.address() as AddressInfo).port}`] });
    server.close();
    expect(message).toMatch(/^OPSLOOP_KAFKA_BROKERS=.* does not answer as a Kafka broker/);
  });

  test('a wrong password', async () => {
    expect(await refusal({ ...secured(), sasl: { mechanism: 'plain', user: 'opsloop', password: 'wrong' } })).toMatch(/^OPSLOOP_KAFKA_USER and OPSLOOP_KAFKA_PASSWORD are refused/);
  });

  test('a mechanism that is not offered', async () => {
    expect(await refusal({ ...secured(), sasl: { mechanism: 'scram-sha-256', user: 'opsloop', password: 'secret-1' } })).toMatch(/^OPSLOOP_KAFKA_SASL=scram-sha-256 is not offered/);
  });

  test('certificates that nobody vouches for', async () => {
    expect(await refusal({ ...secured(), tls: {} })).toMatch(/^OPSLOOP_KAFKA_TLS_CA does not vouch/);
  });

  test('TLS where plain text is spoken, and plain text where TLS is', async () => {
    expect(await refusal({ ...plain(), tls: { caFile } })).toMatch(/^OPSLOOP_KAFKA_TLS=on/);
    expect(await refusal({ ...secured(), tls: undefined, sasl: undefined })).toMatch(/^OPSLOOP_KAFKA_BROKERS=.*OPSLOOP_KAFKA_TLS=on/);
  });

  test('a file that is not there', () => {
    expect(() => createKafkaBus({ ...secured(), tls: { caFile: '/no/such/file' } })).toThrow(/^OPSLOOP_KAFKA_TLS_CA: the file \/no\/such\/file cannot be read \(ENOENT\)/);
  });

  test('more copies than brokers', async () => {
    expect(await refusal({ ...plain(), replication: 3 })).toMatch(/^OPSLOOP_KAFKA_REPLICATION=3 needs as many brokers, and this cluster has 1/);
  });

  test('a topic with another number of partitions', async () => {
    const kafkajs = (await import('kafkajs')).default;
    const admin = new kafkajs.Kafka({ brokers: [...cluster().addresses], logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: 'other-alarms.v1', numPartitions: 3, replicationFactor: 1 }], waitForLeaders: false });
    await eventually('the topic', async () => (await admin.listTopics()).includes('other-alarms.v1'));
    await admin.disconnect();
    expect(await refusal({ ...plain(), prefix: 'other-' })).toMatch(/^the topic other-alarms\.v1 has 3 partitions and must have 8: .*OPSLOOP_KAFKA_PREFIX/);
  });
});
