/** A real Telegraf, unchanged but for URL and token, through both of its InfluxDB outputs. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listMetrics, type QueryAnswer, type ResourceAnswer } from '@opsloop/contracts';
import { installTelegraf } from '@opsloop/native';
import { startServer, type ServerProcess } from '@opsloop/testing';

const installed = await installTelegraf(process.env);
const telegraf = 'path' in installed ? installed.path : undefined;
const sometimes = telegraf ? describe : describe.skip;
const title = 'reason' in installed ? `Telegraf (skipped: ${installed.reason})` : 'Telegraf';

const outputs = {
  'through influxdb_v2': (url: string, token: string) => `[[outputs.influxdb_v2]]\n  urls = ["${url}"]\n  token = "${token}"\n  organization = "any"\n  bucket = "any"\n`,
  'through influxdb (version 1), gzip': (url: string, token: string) => `[[outputs.influxdb]]\n  urls = ["${url}"]\n  database = "telegraf"\n  username = "telegraf"\n  password = "${token}"\n  content_encoding = "gzip"\n`,
} as const;

function config(host: string, output: string, dump: string): string {
  const inputs = ['cpu', 'mem', 'disk', 'diskio', 'net', 'system', 'swap', 'processes'].map((name) => `[[inputs.${name}]]\n${name === 'cpu' ? '  percpu = true\n  totalcpu = true\n' : ''}`);
  return `[agent]\n  interval = "1s"\n  flush_interval = "1s"\n  hostname = "${host}"\n  omit_hostname = false\n${inputs.join('')}${output}[[outputs.file]]\n  files = ["${dump}"]\n  data_format = "influx"\n`;
}

/** measurement.field of every number and boolean that Telegraf itself wrote down. */
function measuredFields(dump: string): Set<string> {
  const fields = new Set<string>();
  for (const line of dump.trim().split('\n')) {
    const measurement = line.split(',')[0]!;
    for (const pair of line.split(' ').at(-2)!.split(',')) {
      const [field = '', value = ''] = pair.split('=');
      if (/^-?[\d.]+(e[+-]?\d+)?[iu]?$|^(t|f|true|false)$/i.test(value)) fields.add(`${measurement}.${field}`);
    }
  }
  return fields;
}

sometimes(title, () => {
  let server: ServerProcess;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'opsloop-telegraf-'));
    server = await startServer({ settings: { OPSLOOP_WINDOW_MS: '1000', OPSLOOP_GRACE_MS: '200' }, log: 'ignore' });
  }, 60_000);

  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function ask<T>(path: string): Promise<T> {
    const answer = await fetch(`${server.url}/api/v1/${path}`, { headers: { authorization: `Bearer ${server.adminToken}` } });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  it.each(Object.entries(outputs))('%s: every number and boolean arrives under its catalogue name', async (name, output) => {
    const host = name.includes('v2') ? 'telegraf-v2' : 'telegraf-v1';
    const dump = join(folder, `${host}.txt`);
    const configPath = join(folder, `${host}.conf`);
    writeFileSync(configPath, config(host, output(server.url, server.ingestToken), dump));
    const agent = spawn(telegraf!, ['--config', configPath, '--quiet'], { stdio: ['ignore', 'ignore', 'pipe'] });
    let complaints = '';
    agent.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
    await new Promise((resolve) => setTimeout(resolve, 9_000));
    agent.kill('SIGTERM');
    await new Promise((resolve) => agent.once('exit', resolve));
    await new Promise((resolve) => setTimeout(resolve, 6_000));

    expect(complaints.split('\n').filter((line) => / [EW]! \[outputs/.test(line))).toEqual([]);
    const catalogue = listMetrics();
    const fields = measuredFields(readFileSync(dump, 'utf8'));
    expect(fields.size).toBeGreaterThan(60);
    const expected = new Set<string>();
    const unnamed = [...fields].filter((field) => {
      const names = catalogue.filter((metric) => metric.sources.some((source) => source.field === field)).map((metric) => metric.name);
      for (const one of names) expected.add(one);
      return names.length === 0;
    });
    expect(unnamed).toEqual([]);
    const { metrics } = await ask<ResourceAnswer>(`resources/${host}`);
    expect(metrics.toSorted()).toEqual([...expected].toSorted());
    const load = await ask<QueryAnswer>(`query?metric=cpu.utilisation&resource=${host}&from=-2m&step=1s&aggregate=avg&fill=none`);
    const total = load.series.find((one) => Object.keys(one.labels).length === 0);
    expect(total!.points.length).toBeGreaterThan(2);
    expect(total!.points.every(([, value]) => value! >= 0 && value! <= 100)).toBe(true);
  }, 60_000);
});
