/** A real Telegraf, one file of measurements, two ways: over HTTP to the collector, and through Kafka to its intake topic. The history is the same. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { topics, type QueryAnswer } from '@opsloop/contracts';
import { installInfluxd, installKafka, installTelegraf, startInfluxd, startKafka, type Influxd, type KafkaCluster } from '@opsloop/native';
import { createTempDir, eventually, startServer, type ServerProcess } from '@opsloop/testing';
import { bucketsOf, type Bucket } from './expected.js';

const run = promisify(execFile);
const [telegraf, kafkaProgram, influxProgram] = await Promise.all([installTelegraf(process.env), installKafka(process.env), installInfluxd(process.env)]);
const missing = [telegraf, kafkaProgram, influxProgram].find((one) => 'reason' in one);
const windowMs = 2_000;
const aggregates = ['count', 'sum', 'min', 'max', 'avg', 'last'] as const;
const metrics = ['mem.used_percent', 'mem.used', 'cpu.usage_idle', 'cpu.usage_user', 'cpu.utilisation', 'net.bytes_recv', 'disk.used_percent'];
const startMs = Math.floor(Date.now() / 60_000) * 60_000 - 240_000;
const points = Array.from({ length: 120 }, (_, i) => [startMs + i * 1_000, 40 + ((i * 37) % 23)] as const);

/** Gauges, an inactive series of a core, and a counter that begins again in the middle. */
function measured(): string {
  return points.map(([timeMs, value], i) => {
    const at = `${timeMs}000000`;
    return [
      `mem used_percent=${value},used=${1e9 + i * 4096}i ${at}`,
      `cpu,cpu=cpu-total usage_idle=${100 - value},usage_user=${value / 2} ${at}`,
      `cpu,cpu=cpu0 usage_idle=${i % 100} ${at}`,
      `net,interface=eth0 bytes_recv=${1_000 * i + (i > 60 ? 0 : 9_000_000)}i ${at}`,
      `disk,path=/,device=sda1,fstype=ext4,mode=rw used_percent=${(i % 50) + 0.5} ${at}\n`,
    ].join('\n');
  }).join('');
}

(missing ? describe.skip : describe)(missing && 'reason' in missing ? `Telegraf by two ways (skipped: ${missing.reason})` : 'Telegraf by two ways, on Kafka and InfluxDB', () => {
  const folder = createTempDir('opsloop-telegraf-');
  let kafka: KafkaCluster;
  let influxd: Influxd;
  let server: ServerProcess;

  beforeAll(async () => {
    kafka = await startKafka({ libs: (kafkaProgram as { path: string }).path, dataDir: join(folder.path, 'kafka'), brokers: 1 });
    influxd = await startInfluxd({ path: (influxProgram as { path: string }).path, dataDir: join(folder.path, 'influxdb') });
    server = await startServer({
      dataDir: join(folder.path, 'data'), log: 'ignore',
      settings: {
        OPSLOOP_BUS: 'kafka', OPSLOOP_KAFKA_BROKERS: kafka.addresses.join(), OPSLOOP_KAFKA_REPLICATION: '1',
        OPSLOOP_METRICS: 'influxdb', OPSLOOP_INFLUXDB_URL: influxd.url, OPSLOOP_INFLUXDB_ORG: influxd.org, OPSLOOP_INFLUXDB_TOKEN: influxd.token,
        OPSLOOP_WINDOW_MS: String(windowMs), OPSLOOP_GRACE_MS: '500',
      },
    });
  }, 240_000);

  afterAll(async () => {
    await server?.stop();
    await influxd?.stop();
    await kafka?.stop();
    folder.remove();
  }, 60_000);

  async function send(host: string, output: string): Promise<void> {
    const config = join(folder.path, `${host}.conf`);
    writeFileSync(config, `[agent]\n  hostname = "${host}"\n  metric_batch_size = 1000\n  metric_buffer_limit = 100000\n[[inputs.file]]\n  files = ["${join(folder.path, 'measured.txt')}"]\n  data_format = "influx"\n${output}`);
    const { stderr } = await run((telegraf as { path: string }).path, ['--config', config, '--once', '--quiet']);
    expect(stderr.split('\n').filter((line) => / [EW]! \[(outputs|agent)/.test(line))).toEqual([]);
  }

  /** By metric, labels, aggregate and time. */
  async function historyOf(host: string): Promise<Map<string, number>> {
    const history = new Map<string, number>();
    for (const metric of metrics) {
      const answer = await fetch(`${server.url}/api/v1/query?metric=${metric}&resource=${host}&from=${startMs}&to=${startMs + 130_000}&step=${windowMs}&aggregate=${aggregates.join()}&fill=none`, { headers: { authorization: `Bearer ${server.adminToken}` } });
      // Not known yet.
      if (answer.status === 404) return new Map();
      if (!answer.ok) throw new Error(`${metric}: ${answer.status} ${await answer.text()}`);
      const { series } = (await answer.json()) as QueryAnswer;
      for (const { labels, aggregate, points: found } of series) for (const [timeMs, value] of found) history.set(`${metric} ${JSON.stringify(labels)} ${aggregate} ${timeMs}`, value!);
    }
    return history;
  }

  it('gives the same history through its kafka output and through http, which equals an independent computation', async () => {
    writeFileSync(join(folder.path, 'measured.txt'), measured());
    await send('by-http', `[[outputs.influxdb_v2]]\n  urls = ["${server.url}"]\n  token = "${server.ingestToken}"\n  organization = "any"\n  bucket = "any"\n`);
    await send('by-kafka', `[[outputs.kafka]]\n  brokers = [${kafka.addresses.map((one) => `"${one}"`).join()}]\n  topic = "${topics.intake.name}"\n  routing_tag = "host"\n  data_format = "influx"\n`);
    const expected = new Map([...bucketsOf(points, windowMs)].flatMap(([timeMs, bucket]) => aggregates.map((name) => [`mem.used_percent {} ${name} ${timeMs}`, name === 'avg' ? bucket.sum / bucket.count : bucket[name as keyof Bucket]] as const)));
    await eventually('all windows by both ways', async () => {
      const both = await Promise.all([historyOf('by-http'), historyOf('by-kafka')]);
      return both.every((history) => history.size === both[0]!.size && [...expected.keys()].every((key) => history.has(key)));
    }, 120_000);
    const [byHttp, byKafka] = await Promise.all([historyOf('by-http'), historyOf('by-kafka')]);
    expect(byKafka).toEqual(byHttp);
    for (const metric of metrics) expect([...byHttp.keys()].some((key) => key.startsWith(`${metric} `))).toBe(true);
    for (const [key, value] of expected) expect(byHttp.get(key)).toBeCloseTo(value, 9);
  }, 240_000);
});
