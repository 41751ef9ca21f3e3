/** The embedded metric store alone: CPU of the whole process for each row, and how long reads take over a day of history. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Tier, WindowBatch } from '@opsloop/contracts';
import { createEmbeddedMetricStore, type EmbeddedMetricStore } from '@opsloop/engines-embedded';
import { buildResource, buildWindowBatch, createTempDir } from '@opsloop/testing';

export interface MetricStoreOptions {
  readonly hosts: number;
  readonly seriesPerHost: number;
  readonly hours: number;
  /** Windows of one call: the rows of this many times 10 s. */
  readonly windowsPerWrite: number;
  /** Samples in a window: one where agents send every 10 s. */
  readonly samplesPerWindow: number;
  /** Where the history goes; a fresh folder when left out. */
  readonly dataDir?: string;
}

export interface MetricStoreResult {
  readonly series: number;
  readonly rows: number;
  readonly rowsPerWrite: number;
  /** Log, sorting and folding in included; all threads. */
  readonly writeUsPerRow: number;
  readonly writtenRowsPerSecond: number;
  readonly slowestWriteMs: number;
  /** Rows that were stored before, written again. */
  readonly rewriteUsPerRow: number;
  /** Base windows alone. */
  readonly bytesPerRow: number;
  /** All tiers, for each base row. */
  readonly tieredBytesPerRow: number;
  /** CPU for each base row, all three tiers. */
  readonly rollUpUsPerRow: number;
  readonly reopenMs: number;
  readonly reads: readonly ReadResult[];
}

export interface ReadResult {
  readonly what: string;
  readonly tier: Tier;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

const startMs = Date.UTC(2023, 10, 14);
const windowMs = 10_000;
const hourMs = 3_600_000;
/** Every host measures the same; the bench asks for one metric of all hosts or for one series. */
const metricOf = (at: number): string => `bench.${Math.floor(at / 125)}`;

/** Loads `hours` of windows by write() alone, so the layout is that of production. A day of 5,000 series takes about a minute. */
export async function measureMetricStore(options: Partial<MetricStoreOptions> = {}): Promise<MetricStoreResult> {
  const { hosts = 40, seriesPerHost = 125, hours = 24, windowsPerWrite = 4, samplesPerWindow = 1, dataDir } = options;
  const dir = dataDir === undefined ? createTempDir('opsloop-bench-') : { path: dataDir, remove: () => undefined };
  const store = createEmbeddedMetricStore({ dataDir: dir.path, windowMs });
  await store.start();
  const fleet = createFleet(hosts, seriesPerHost, samplesPerWindow);
  const windows = (hours * hourMs) / windowMs;
  const written = await load(store, fleet, windows, windowsPerWrite);
  const last = fleet.windows(windows - 1);
  const rewriteUs = await cpuUs(() => store.write(last));
  await store.stop(30_000);
  const bytes = folderBytes(join(dir.path, 'metrics'));
  const reopeningMs = performance.now();
  await store.start();
  const reopenMs = performance.now() - reopeningMs;
  const untilMs = startMs + hours * hourMs;
  let reads = await measureReads(store, untilMs, ['base']);
  const rollUpUs = await cpuUs(async () => {
    for (const tier of ['1m', '1h', '1d'] as const) await store.rollup(tier, untilMs);
  });
  reads = [...reads, ...await measureReads(store, untilMs, ['1m', '1h'])];
  await store.stop(30_000);
  const tieredBytes = folderBytes(join(dir.path, 'metrics'));
  dir.remove();
  const rows = windows * hosts * seriesPerHost;
  return {
    series: hosts * seriesPerHost,
    rows,
    rowsPerWrite: windowsPerWrite * hosts * seriesPerHost,
    writeUsPerRow: written.cpuUs / rows,
    writtenRowsPerSecond: Math.round((1_000 * rows) / written.wallMs),
    slowestWriteMs: written.slowestMs,
    rewriteUsPerRow: rewriteUs / (hosts * seriesPerHost),
    bytesPerRow: bytes / rows,
    tieredBytesPerRow: tieredBytes / rows,
    rollUpUsPerRow: rollUpUs / rows,
    reopenMs,
    reads,
  };
}

async function load(store: EmbeddedMetricStore, fleet: ReturnType<typeof createFleet>, windows: number, windowsPerWrite: number): Promise<{ cpuUs: number; wallMs: number; slowestMs: number }> {
  const spent = { cpuUs: 0, wallMs: 0, slowestMs: 0 };
  for (let first = 0; first < windows; first += windowsPerWrite) {
    const batches = Array.from({ length: Math.min(windowsPerWrite, windows - first) }, (_, n) => fleet.windows(first + n)).flat();
    const beganMs = performance.now();
    // Sorting runs behind the write that called for it; the next write waits for it and is charged with it.
    spent.cpuUs += await cpuUs(() => store.write(batches));
    const tookMs = performance.now() - beganMs;
    spent.wallMs += tookMs;
    spent.slowestMs = Math.max(spent.slowestMs, tookMs);
  }
  return spent;
}

async function measureReads(store: EmbeddedMetricStore, untilMs: number, tiers: readonly Tier[]): Promise<ReadResult[]> {
  const results: ReadResult[] = [];
  const span = { fromMs: untilMs - 24 * hourMs, toMs: untilMs };
  const hostIds = Array.from({ length: 40 }, (_, host) => buildResource({ uid: `bench-${host}` }).id);
  for (const tier of tiers) {
    const widthMs = { base: windowMs, '1m': 60_000, '1h': hourMs, '1d': 24 * hourMs }[tier];
    const one = (n: number, stepMs: number) => store.query({ ...span, tier, stepMs, selector: { tenant: 'default', metric: 'bench.0', resources: [hostIds[(n * 7) % 40]!], labels: { at: String((n * 31) % 125) } } });
    results.push({ what: `one series, 24 h, every window`, tier, ...(await latencies(60, (n) => one(n, widthMs))) });
    results.push({ what: `one series, 24 h, 5-minute steps`, tier, ...(await latencies(60, (n) => one(n, Math.max(widthMs, 300_000)))) });
    results.push({ what: `ten series, 24 h, 5-minute steps`, tier, ...(await latencies(20, (n) => store.query({ ...span, tier, stepMs: Math.max(widthMs, 300_000), selector: { tenant: 'default', metric: 'bench.0', resources: hostIds.slice(0, 10), labels: { at: String((n * 31) % 125) } } }))) });
    results.push({ what: 'top 10 by average, 24 h', tier, ...(await latencies(20, () => store.topN({ ...span, tier, aggregate: 'avg', n: 10, selector: { tenant: 'default', metric: 'bench.0' } }))) });
    results.push({ what: 'top 10 by maximum, 1 h', tier, ...(await latencies(20, () => store.topN({ ...span, fromMs: untilMs - hourMs, tier, aggregate: 'max', n: 10, selector: { tenant: 'default', metric: 'bench.0' } }))) });
  }
  return results;
}

async function latencies(times: number, call: (n: number) => Promise<readonly unknown[]>): Promise<{ p50Ms: number; p95Ms: number }> {
  const tookMs: number[] = [];
  for (let n = 0; n < times; n++) {
    const beganMs = performance.now();
    if ((await call(n)).length === 0) throw new Error('the read found nothing');
    tookMs.push(performance.now() - beganMs);
  }
  const sorted = tookMs.toSorted((a, b) => a - b);
  return { p50Ms: sorted[Math.floor(times / 2)]!, p95Ms: sorted[Math.ceil(times * 0.95) - 1]! };
}

/** Values with two decimals that wander, as measured ones do. */
function createFleet(hosts: number, seriesPerHost: number, samplesPerWindow: number): { windows(window: number): WindowBatch[] } {
  const named = Array.from({ length: seriesPerHost }, (_, at) => ({ metric: metricOf(at), labels: { at: String(at) }, values: [0] }));
  const templates = Array.from({ length: hosts }, (_, host) => ({ ...buildWindowBatch({ resource: buildResource({ uid: `bench-${host}` }), windows: named }), values: Float64Array.from(named, (__, at) => (host * 17 + at * 3) % 100) }));
  let seed = 42;
  const random = (): number => (seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  let revision = 0;
  const cents = (value: number): number => Math.round(value * 100) / 100;
  return {
    windows: (window) => templates.map(({ values, ...template }, host) => {
      for (let at = 0; at < values.length; at++) values[at] = cents(values[at]! + random() - 0.5);
      const at = startMs + window * windowMs;
      const last = values.slice();
      const spread = samplesPerWindow > 1;
      return {
        ...template,
        startMs: at,
        revision: ++revision,
        count: new Float64Array(last.length).fill(samplesPerWindow),
        sum: spread ? last.map((value) => value * samplesPerWindow + 0.25) : last,
        min: spread ? last.map((value) => cents(value - random())) : last,
        max: spread ? last.map((value) => cents(value + random())) : last,
        last,
        lastTimeMs: new Float64Array(last.length).fill(at + ((host * 331) % windowMs)),
      };
    }),
  };
}

async function cpuUs(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function folderBytes(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => sum + (entry.isFile() ? statSync(join(folder, entry.name)).size : 0), 0);
}
