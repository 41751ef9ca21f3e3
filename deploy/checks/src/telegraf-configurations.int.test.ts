/** The configurations of deploy/agents/telegraf, unchanged, in a real Telegraf; that both ways give one history is tried in e2e. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { topics, type QueryAnswer } from '@opsloop/contracts';
import { createKafkaBus } from '@opsloop/engines-kafka';
import { installTelegraf, kafkaForTests } from '@opsloop/native';
import { createSkewedClock, createTempDir, eventually, startServer } from '@opsloop/testing';
import { root } from './deploy-files.js';

const [telegraf, kafka] = await Promise.all([installTelegraf(process.env), kafkaForTests(process.env)]);
const missing = [telegraf, kafka].map((one) => ('reason' in one ? one.reason : undefined)).find((one) => one !== undefined);
const sometimes = missing === undefined ? describe : describe.skip;
const folder = join(root, 'deploy/agents/telegraf');

/** A Telegraf on host.conf and this output until `until` resolves; what it complained of. */
async function runTelegraf(output: string, environment: Readonly<Record<string, string>>, until: () => Promise<void>): Promise<string[]> {
  if (!('path' in telegraf)) throw new Error('skipped');
  const agent = spawn(telegraf.path, ['--config', join(folder, 'host.conf'), '--config', join(folder, output)], { env: { PATH: process.env['PATH'], ...environment }, stdio: ['ignore', 'ignore', 'pipe'] });
  const killAtExit = (): void => void agent.kill('SIGKILL');
  process.once('exit', killAtExit);
  let said = '';
  agent.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise((resolve) => agent.once('exit', resolve));
  try {
    await until();
  } finally {
    agent.kill('SIGTERM');
    await ended;
    process.off('exit', killAtExit);
  }
  return said.split('\n').filter((line) => / E! /.test(line));
}

sometimes(missing === undefined ? 'Telegraf with our configurations' : `Telegraf with our configurations (skipped: ${missing})`, () => {
  test('to a collector: its host is there by its name, with its CPU', async () => {
    const server = await startServer({ settings: { OPSLOOP_WINDOW_MS: '1000', OPSLOOP_GRACE_MS: '200' }, log: 'ignore' });
    const cpu = async (): Promise<QueryAnswer> => (await (await fetch(`${server.url}/api/v1/query?metric=cpu.utilisation&from=-5m&step=1s&aggregate=avg&fill=none`, { headers: { authorization: `Bearer ${server.adminToken}` } })).json()) as QueryAnswer;
    try {
      const complaints = await runTelegraf('to-collector.conf', { COLLECTOR_URL: server.url, INGEST_TOKEN: server.ingestToken }, () => eventually('points of the CPU', async () => (await cpu()).series?.some(({ labels, points }) => Object.keys(labels).length === 0 && points.length > 0), 90_000));
      expect(complaints).toEqual([]);
    } finally {
      await server.stop();
    }
  }, 150_000);

  test('to Kafka: lines of this host under its name in the topic that collectors read', async () => {
    if ('reason' in kafka) return;
    const dir = createTempDir('opsloop-kafka-');
    const cluster = await kafka.start({ dataDir: join(dir.path, 'kafka'), brokers: 1 });
    const bus = createKafkaBus({ brokers: cluster.addresses, clientId: 'test', prefix: '', replication: 1, retentionMs: Infinity, sessionMs: 6_000, clock: createSkewedClock() });
    try {
      await bus.start();
      const lines: string[] = [];
      const keys = new Set<string>();
      await bus.tail(topics.intake.name, 'oldest', (_partition, records) => {
        for (const { key, value } of records) {
          keys.add(key);
          lines.push(...Buffer.from(value).toString().trim().split('\n'));
        }
      });
      const complaints = await runTelegraf('to-kafka.conf', { KAFKA_BROKER: cluster.addresses.join() }, () => eventually('lines', () => lines.some((line) => /^cpu,cpu=cpu-total,host=\S+ .*usage_idle=[\d.]+.* \d{19}$/.test(line)), 90_000));
      expect(complaints).toEqual([]);
      expect(keys.size).toBe(1);
      expect(new Set(lines.map((line) => /,host=([^, ]+)/.exec(line)?.[1]))).toEqual(keys);
    } finally {
      await bus.stop(5_000);
      await cluster.stop();
      dir.remove();
    }
  }, 200_000);
});
