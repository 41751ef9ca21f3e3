/** The metric store on a real InfluxDB: CPU of this process and of the server for each window, and how long reads take. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { WindowBatch } from '@opsloop/contracts';
import { createInfluxMetricStore, type InfluxMetricStore } from '@opsloop/engines-influx';
import { installInfluxd, startInfluxd, type Influxd } from '@opsloop/native';
import { buildResource, buildWindowBatch, createTempDir } from '@opsloop/testing';

interface CpuPerWindow {
  readonly clientUs: number;
  readonly serverUs: number;
}

export interface InfluxResult {
  readonly windows: number;
  /** New windows, some 20,000 a call. */
  readonly write: CpuPerWindow;
  readonly writtenPerSecond: number;
  /** Windows that are stored already, written again. */
  readonly rewrite: CpuPerWindow;
  /** Of base windows, as they lie on disk before InfluxDB compacts them for good. */
  readonly bytesPerWindow: number;
  /** For each base window, into the tier of minutes. */
  readonly rollUp: CpuPerWindow;
  readonly reads: readonly { readonly what: string; readonly p50Ms: number; readonly p95Ms: number }[];
}

const startMs = Date.UTC(2023, 10, 14);
const windowMs = 10_000;
const hourMs = 3_600_000;
/** Ticks of /proc/PID/stat. */
const tickUs = 10_000;

/** Undefined, with the reason on the screen, where there is no InfluxDB. */
export async function measureInflux({ hosts, seriesPerHost, hours, samplesPerWindow }: { hosts: number; seriesPerHost: number; hours: number; samplesPerWindow: number }): Promise<InfluxResult | undefined> {
  const installed = await installInfluxd(process.env);
  if ('reason' in installed) {
    console.log(installed.reason);
    return undefined;
  }
  const dir = createTempDir('opsloop-bench-');
  const server = await startInfluxd({ path: installed.path, dataDir: dir.path });
  const store = createInfluxMetricStore({ url: server.url, org: server.org, token: server.token, bucket: 'bench', windowMs });
  try {
    await store.start();
    return await measure(store, server, dir.path, { hosts, seriesPerHost, windows: (hours * hourMs) / windowMs, samplesPerWindow });
  } finally {
    await store.stop(10_000);
    await server.stop();
    dir.remove();
  }
}

async function measure(store: InfluxMetricStore, server: Influxd, folder: string, { hosts, seriesPerHost, windows, samplesPerWindow }: { hosts: number; seriesPerHost: number; windows: number; samplesPerWindow: number }): Promise<InfluxResult> {
  const fleet = createFleet(hosts, seriesPerHost, samplesPerWindow);
  const perCall = Math.max(1, Math.floor(20_000 / (hosts * seriesPerHost)));
  const total = windows * hosts * seriesPerHost;
  const beganMs = performance.now();
  let generatedMs = 0;
  let last: WindowBatch[] = [];
  const write = await cpuPerWindow(server, total, async (pause) => {
    for (let first = 0; first < windows; first += perCall) {
      const generatingMs = performance.now();
      pause(() => (last = Array.from({ length: perCall }, (_, n) => fleet(first + n)).flat()));
      generatedMs += performance.now() - generatingMs;
      await store.write(last);
    }
  });
  const tookMs = performance.now() - beganMs - generatedMs;
  const rewrite = await cpuPerWindow(server, perCall * hosts * seriesPerHost, () => store.write(last));
  const bytes = Number(execFileSync('du', ['-sb', `${folder}/engine/data`]).toString().split('\t')[0]);
  const rollUp = await cpuPerWindow(server, total, async () => void (await store.rollup('1m', startMs + windows * windowMs)));
  return { windows: total, write, writtenPerSecond: Math.round((1_000 * total) / tookMs), rewrite, bytesPerWindow: bytes / total, rollUp, reads: await measureReads(store, startMs + windows * windowMs, hosts) };
}

async function measureReads(store: InfluxMetricStore, toMs: number, hosts: number): Promise<InfluxResult['reads']> {
  const selector = { tenant: 'default', metric: 'bench.0' };
  const one = (n: number) => ({ ...selector, resources: [buildResource({ uid: `bench-${(n * 7) % hosts}` }).id], labels: { at: '3' } });
  const calls: Readonly<Record<string, (n: number) => Promise<readonly unknown[]>>> = {
    'one series, 1 h, every window': (n) => store.query({ selector: one(n), fromMs: toMs - hourMs, toMs, stepMs: windowMs, tier: 'base' }),
    'one series, all, 1-minute windows': (n) => store.query({ selector: one(n), fromMs: startMs, toMs, stepMs: 60_000, tier: '1m' }),
    'one label of all hosts, 1 h, 5-minute steps': () => store.query({ selector: { ...selector, labels: { at: '3' } }, fromMs: toMs - hourMs, toMs, stepMs: 300_000, tier: 'base' }),
    'top 10 of all series of a metric by average, 5 min': () => store.topN({ selector, fromMs: toMs - 300_000, toMs, tier: 'base', aggregate: 'avg', n: 10 }),
    'top 10 of all series of a metric by average, 1 h of minutes': () => store.topN({ selector, fromMs: toMs - hourMs, toMs, tier: '1m', aggregate: 'avg', n: 10 }),
  };
  const reads = [];
  for (const [what, call] of Object.entries(calls)) {
    const tookMs: number[] = [];
    for (let n = 0; n < 40; n++) {
      const beganMs = performance.now();
      if ((await call(n)).length === 0) throw new Error(`${what}: the read found nothing`);
      tookMs.push(performance.now() - beganMs);
    }
    const sorted = tookMs.toSorted((a, b) => a - b);
    reads.push({ what, p50Ms: sorted[20]!, p95Ms: sorted[37]! });
  }
  return reads;
}

/** CPU of both processes; what runs inside `pause` is not this store's. */
async function cpuPerWindow(server: Influxd, windows: number, work: (pause: (other: () => void) => void) => Promise<void>): Promise<CpuPerWindow> {
  const serverBefore = serverCpuUs(server);
  const before = process.cpuUsage();
  let pausedUs = 0;
  await work((other) => {
    const pausing = process.cpuUsage();
    other();
    const paused = process.cpuUsage(pausing);
    pausedUs += paused.user + paused.system;
  });
  const used = process.cpuUsage(before);
  return { clientUs: (used.user + used.system - pausedUs) / windows, serverUs: (serverCpuUs(server) - serverBefore) / windows };
}

function serverCpuUs({ pid }: Influxd): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tickUs;
}

/** Values with two decimals that wander, as measured ones do; the same dictionaries every time, as decoders give them. */
function createFleet(hosts: number, seriesPerHost: number, samples: number): (window: number) => WindowBatch[] {
  const named = Array.from({ length: seriesPerHost }, (_, at) => ({ metric: `bench.${at % 10}`, labels: at < 10 ? { at: '3' } : { at: String(at) }, values: [0] }));
  const templates = Array.from({ length: hosts }, (_, host) => buildWindowBatch({ resource: buildResource({ uid: `bench-${host}` }), windows: named }));
  const values = templates.map((_, host) => Float64Array.from(named, (__, at) => (host * 17 + at * 3) % 100));
  const cents = (value: number): number => Math.round(value * 100) / 100;
  let seed = 42;
  const random = (): number => (seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  return (window) => templates.map((template, host) => {
    const last = values[host]!.map((value) => cents(value + random() - 0.5));
    values[host] = last;
    const from = startMs + window * windowMs;
    const spread = samples > 1 ? 0.5 : 0;
    return { ...template, startMs: from, revision: window * hosts + host + 1, count: last.map(() => samples), sum: last.map((value) => cents(value * samples)), min: last.map((value) => cents(value - spread)), max: last.map((value) => cents(value + spread)), last, lastTimeMs: last.map(() => from + 9_000) };
  });
}
