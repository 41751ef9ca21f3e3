/** Several instances of each service: Telegraf by two ways, partitions shared while instances die and come, runs with one owner. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { topics, type Alarm, type Api, type Page, type QueryAnswer, type WorkOrder, type WorkOrderAnswer } from '@opsloop/contracts';
import { installEngines, installTelegraf, startCluster, type Cluster, type ServiceProcess } from '@opsloop/native';
import { createTempDir, eventually, pause } from '@opsloop/testing';
import { bucketsOf, episodesOf, type Bucket } from './expected.js';
import { createHostLoad } from './host-load.js';
import { watchShares } from './watch-shares.js';

const run = promisify(execFile);
const programs = await installEngines(process.env);
const telegraf = await installTelegraf(process.env);
const windowMs = 2_000;
const policy = { windowMs, limit: 50, holdMs: 0 };
const sometimes = 'reason' in programs ? describe.skip : describe;
const aggregates = ['count', 'sum', 'min', 'max', 'avg', 'last'] as const;

sometimes('reason' in programs ? `a cluster of several instances (skipped: ${programs.reason})` : 'a cluster of several instances', () => {
  const folder = createTempDir('opsloop-instances-');
  let cluster: Cluster;

  beforeAll(async () => {
    const started = await startCluster({
      environment: process.env, dataDir: join(folder.path, 'data'),
      counts: { collector: 2, aggregator: 3, trigger: 3, action: 2, executor: 2, 'host-agent': 0 },
      settings: { OPSLOOP_DEMO: 'off', OPSLOOP_LOG_LEVEL: 'warn', OPSLOOP_WINDOW_MS: String(windowMs), OPSLOOP_GRACE_MS: '500', OPSLOOP_LATENESS_MS: '120000', OPSLOOP_CHECKPOINT_MS: '5000' },
    });
    if ('reason' in started) throw new Error(started.reason);
    cluster = started;
  }, 300_000);

  afterAll(async () => {
    await cluster?.stop();
    folder.remove();
  }, 60_000);

  async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
    const answer = await fetch(`${cluster.apiUrl}/api/v1/${path}`, { ...init, headers: { authorization: `Bearer ${cluster.adminToken}`, 'content-type': 'application/json' } });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }
  const put = (path: string, body: object) => ask(path, { method: 'PUT', body: JSON.stringify({ apiVersion: 'opsloop/v1', ...body }) });
  const those = (service: string): ServiceProcess[] => cluster.services.filter((one) => one.service === service);

  /** By metric, labels, aggregate and time. */
  async function historyOf(host: string, metrics: readonly string[], fromMs: number, toMs: number): Promise<Map<string, number>> {
    const history = new Map<string, number>();
    for (const metric of metrics) {
      const { series } = await ask<QueryAnswer>(`query?metric=${metric}&resource=${host}&from=${fromMs}&to=${toMs}&step=${windowMs}&aggregate=${aggregates.join()}&fill=none`);
      for (const { labels, aggregate, points } of series) for (const [timeMs, value] of points) history.set(`${metric} ${JSON.stringify(labels)} ${aggregate} ${timeMs}`, value!);
    }
    return history;
  }

  ('path' in telegraf ? it : it.skip)(`Telegraf${'reason' in telegraf ? ` (skipped: ${telegraf.reason})` : ''}: its kafka output and its http output give the same history`, async () => {
    const startMs = Math.floor(Date.now() / 60_000) * 60_000 - 240_000;
    const points = Array.from({ length: 120 }, (_, i) => [startMs + i * 1_000, 40 + ((i * 37) % 23)] as const);
    const lines = points.map(([timeMs, value], i) => {
      const at = `${timeMs}000000`;
      return `mem used_percent=${value},used=${1e9 + i * 4096}i ${at}\ncpu,cpu=cpu-total usage_idle=${100 - value},usage_user=${value / 2} ${at}\ncpu,cpu=cpu0 usage_idle=${i % 100} ${at}\nnet,interface=eth0 bytes_recv=${1_000 * i + (i > 60 ? 0 : 9_000_000)}i ${at}\ndisk,path=/,device=sda1,fstype=ext4,mode=rw used_percent=${(i % 50) + 0.5} ${at}\n`;
    });
    writeFileSync(join(folder.path, 'measured.txt'), lines.join(''));
    const outputs = {
      'by-http': `[[outputs.influxdb_v2]]\n  urls = ["${cluster.collectorUrl}"]\n  token = "${cluster.ingestToken}"\n  organization = "any"\n  bucket = "any"\n`,
      'by-kafka': `[[outputs.kafka]]\n  brokers = [${cluster.kafka.addresses.map((one) => `"${one}"`).join()}]\n  topic = "${topics.intake.name}"\n  routing_tag = "host"\n  data_format = "influx"\n`,
    };
    for (const [host, output] of Object.entries(outputs)) {
      const path = join(folder.path, `${host}.conf`);
      writeFileSync(path, `[agent]\n  hostname = "${host}"\n  metric_batch_size = 1000\n  metric_buffer_limit = 100000\n[[inputs.file]]\n  files = ["${join(folder.path, 'measured.txt')}"]\n  data_format = "influx"\n${output}`);
      const { stderr } = await run((telegraf as { path: string }).path, ['--config', path, '--once', '--quiet']);
      expect(stderr.split('\n').filter((line) => / [EW]! \[outputs/.test(line))).toEqual([]);
    }
    const metrics = ['mem.used_percent', 'mem.used', 'cpu.usage_idle', 'cpu.usage_user', 'cpu.utilisation', 'net.bytes_recv', 'disk.used_percent'];
    const buckets = bucketsOf(points, windowMs);
    const expected = new Map([...buckets].flatMap(([timeMs, bucket]) => aggregates.map((name) => [`mem.used_percent {} ${name} ${timeMs}`, name === 'avg' ? bucket.sum / bucket.count : bucket[name as keyof Bucket]] as const)));
    const histories = (): Promise<Map<string, number>[]> => Promise.all(Object.keys(outputs).map((host) => historyOf(host, metrics, startMs, startMs + 130_000)));
    await eventually('all windows by both ways', async () => (await histories()).every((one) => [...expected.keys()].every((key) => one.has(key))), 120_000);
    const [byHttp, byKafka] = await histories();
    expect(byKafka).toEqual(byHttp);
    expect(byHttp!.size).toBeGreaterThan(1_500);
    for (const [key, value] of expected) expect(byHttp!.get(key)).toBeCloseTo(value, 9);
  }, 240_000);

  it('partitions are shared evenly, whoever dies or comes, and nobody ever has one that another has; every window and alarm is there once', async () => {
    await put('policies/loud', { kind: 'Policy', metadata: { name: 'loud' }, spec: { metric: 'load.value', aggregate: 'AVG', window: '2s', threshold: { critical: '> 50' }, hold: '0s', keepOpen: '0s' } });
    await pause(5_000);
    const shares = watchShares({ aggregator: { processes: those('aggregator'), topic: topics.raw.name }, trigger: { processes: those('trigger'), topic: topics.window.name } });
    const load = createHostLoad({ urls: those('collector').map(({ url }) => url!), token: cluster.ingestToken, hosts: 24 });
    const [third, thirdTrigger] = [those('aggregator')[2]!, those('trigger')[2]!];
    const even = async (what: string, wanted: readonly number[]): Promise<void> => {
      const sinceMs = performance.now();
      for (const group of ['aggregator', 'trigger'] as const) await eventually(`${what}: ${group}`, async () => (await shares.now(group)).toSorted((a, b) => a - b).join() === wanted.join(), 90_000);
      process.stdout.write(`${what}: shared as ${wanted.join(', ')} after ${((performance.now() - sinceMs) / 1000).toFixed(1)} s\n`);
    };
    await even('three of each', [5, 5, 6]);
    await Promise.all([third.kill(), thirdTrigger.kill()]);
    await even('one of each killed', [0, 8, 8]);
    await Promise.all([third.start(), thirdTrigger.start()]);
    await even('started again', [5, 5, 6]);
    await Promise.all([third.stop(), thirdTrigger.stop()]);
    await even('stopped in order', [0, 8, 8]);
    await pause(5_000);
    const sent = await load.stop();
    const most = await shares.stop();
    expect(most.aggregator).toBeLessThanOrEqual(topics.raw.partitions);
    expect(most.trigger).toBeLessThanOrEqual(topics.window.partitions);
    for (const [host, points] of sent) {
      const expected = [...bucketsOf(points, windowMs)].flatMap(([timeMs, { count, sum }]) => [[`load.value {} count ${timeMs}`, count], [`load.value {} sum ${timeMs}`, sum]] as const);
      const found = (): Promise<Map<string, number>> => historyOf(host, ['load.value'], points[0]![0] - windowMs, points.at(-1)![0] + windowMs);
      await eventually(`the windows of ${host}`, async () => {
        const history = await found();
        return expected.every(([key, value]) => history.get(key) === value);
      }, 120_000);
    }
    for (const [host, points] of sent) {
      const expected = episodesOf(points, policy).map(({ pendingSince }) => pendingSince);
      const opened = async (): Promise<number[]> => (await ask<Page<Api<Alarm>>>(`alarms?policy=loud&resource=${host}&limit=200`)).items.map((alarm) => Date.parse(alarm.pendingSince)).toSorted((a, b) => a - b);
      await eventually(`the alarms of ${host}`, async () => (await opened()).length >= expected.length, 60_000);
      expect(await opened()).toEqual(expected);
    }
    await Promise.all([third.start(), thirdTrigger.start()]);
  }, 560_000);

  it('a run has one executor: of one that is killed nothing is run again by another', async () => {
    const marks = join(folder.path, 'marks.txt');
    writeFileSync(marks, '');
    await put('playbooks/mark', { kind: 'Playbook', metadata: { name: 'mark' }, spec: { approval: 'none', steps: [{ id: 'mark', uses: 'local', run: ['/bin/sh', '-c', `echo "$OPSLOOP_IDEMPOTENCY_KEY $PPID" >> ${marks}; sleep 4`], timeout: '60s' }] } });
    const orders = await Promise.all(Array.from({ length: 16 }, (_, i) => ask<Api<WorkOrder>>('work-orders', { method: 'POST', body: JSON.stringify({ type: 'inspection', title: `mark ${i}`, targets: [{ id: `t-${i}`, name: `target ${i}` }], jobs: [{ playbook: 'mark' }] }) })));
    const executors = those('executor');
    const pids = executors.map((one) => one.pid());
    const marked = () => readFileSync(marks, 'utf8').trim().split('\n').filter((line) => line !== '').map((line) => line.split(' ') as [string, string]);
    await eventually('steps of the first executor run', () => marked().some(([, pid]) => Number(pid) === pids[0]), 60_000);
    await executors[0]!.kill();
    const ended = new Set(['succeeded', 'failed', 'partly-failed', 'unknown', 'verified', 'not-verified', 'closed', 'timed-out']);
    const answers = (): Promise<WorkOrderAnswer[]> => Promise.all(orders.map(({ id }) => ask<WorkOrderAnswer>(`work-orders/${encodeURIComponent(id)}`)));
    await eventually('every order has ended', async () => (await answers()).every(({ state }) => ended.has(state)), 180_000);
    const keys = marked().map(([key]) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toHaveLength(orders.length);
    for (const [, pid] of marked()) expect(pids).toContain(Number(pid));
    const attempts = (await answers()).flatMap(({ runDetails }) => runDetails.flatMap(({ results }) => results.flatMap(({ steps }) => steps.map((step) => step.attempts.map(({ state }) => state)))));
    expect(attempts).toHaveLength(orders.length);
    for (const states of attempts) expect(states).toHaveLength(1);
    const unknown = attempts.filter(([state]) => state === 'unknown').length;
    process.stdout.write(`16 runs: ${marked().filter(([, pid]) => Number(pid) === pids[0]).length} begun by the executor that was killed, ${unknown} of them unknown\n`);
    expect(unknown).toBeGreaterThan(0);
    await executors[0]!.start();
  }, 300_000);
});
