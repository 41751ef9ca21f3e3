/** The distributed path against the embedded one, hop by hop, and two aggregators against one. Every figure is CPU time, but for the throughputs. */
import { topics } from '@opsloop/contracts';
import { startCluster, type Cluster, type ServiceProcess } from '@opsloop/native';
import { createTempDir } from '@opsloop/testing';
import { measureIngest } from '../ingest.js';
import { createBodyMaker } from '../load/agent-body.js';
import { readCpu } from '../load/read-cpu.js';
import { sendBodies } from '../load/send-bodies.js';

interface ClusterRound {
  readonly aggregators: number;
  readonly samples: number;
  /** From the first request to the last sample in its window. */
  readonly wallSeconds: number;
  readonly samplesPerSecond: number;
  /** us of CPU per sample by process, above what the process spends when nothing comes. */
  readonly hops: Readonly<Record<string, number>>;
  readonly ownUsPerSample: number;
  readonly allUsPerSample: number;
  /** Share of the samples that each aggregator took, and the partitions that it holds. */
  readonly shares: readonly { readonly samples: number; readonly partitions: number }[];
}

export interface ClusterResult {
  readonly windowMs: number;
  readonly embeddedUsPerSample: number;
  readonly rounds: readonly ClusterRound[];
  /** Two aggregators against one: throughput, and CPU of all aggregators per sample. */
  readonly throughputOfTwo: number;
  readonly aggregatorUs: { readonly one: number; readonly two: number };
  /** Of the services alone, and with Kafka, InfluxDB and the document server. */
  readonly timesEmbedded: { readonly own: number; readonly all: number };
}

const windowMs = 10_000;
const stepS = 10;
const pollMs = 100;
const idleMs = 10_000;

/** Undefined, with the reason on the screen, where the engines cannot run. */
export async function measureCluster(hosts = 120, ticks = 30, pairs = 2): Promise<ClusterResult | undefined> {
  const folder = createTempDir('opsloop-bench-cluster-');
  const cluster = await startCluster({ environment: process.env, dataDir: folder.path, counts: { aggregator: 2, 'host-agent': 0 }, settings: { OPSLOOP_DEMO: 'off', OPSLOOP_LOG_LEVEL: 'warn', OPSLOOP_WINDOW_MS: String(windowMs) } });
  if ('reason' in cluster) {
    console.log(cluster.reason);
    return undefined;
  }
  try {
    const idle = await measureIdle(cluster);
    const embedded = await measureIngest(windowMs, hosts, ticks);
    const bodies = createLoad(hosts, ticks, 2 * pairs + 2 + pairs);
    const second = aggregatorsOf(cluster)[1]!;
    await runRound(cluster, idle, bodies.next());
    const rounds: ClusterRound[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      await second.start();
      await runRound(cluster, idle, bodies.next());
      rounds.push(await runRound(cluster, idle, bodies.next()));
      await second.stop();
      rounds.push(await runRound(cluster, idle, bodies.next()));
    }
    return summarise(embedded.microsecondsPerSample, rounds);
  } finally {
    await cluster.stop();
    folder.remove();
  }
}

interface Load {
  readonly bodies: readonly Buffer[];
  readonly samples: number;
}

/** Loads of the same hosts, each of later times than the one before, the last of them just over. */
function createLoad(hosts: number, ticks: number, rounds: number): { next(): Load } {
  const make = createBodyMaker(42);
  let timeS = Math.floor(Date.now() / 10_000) * 10 - rounds * ticks * stepS;
  return {
    next() {
      const all = Array.from({ length: ticks }, (_, tick) => Array.from({ length: hosts }, (_each, host) => make(host, timeS + tick * stepS))).flat();
      timeS += ticks * stepS;
      return { bodies: all.map(({ bytes }) => bytes), samples: sum(all.map(({ samples }) => samples)) };
    },
  };
}

const aggregatorsOf = (cluster: Cluster): ServiceProcess[] => cluster.services.filter(({ service }) => service === 'aggregator');

/** CPU seconds of each process in a second in which nothing comes. Before the first load: afterwards stores sort what they took for minutes. */
async function measureIdle(cluster: Cluster): Promise<ReadonlyMap<string, number>> {
  await pause(idleMs);
  const before = cpuOf(cluster);
  await pause(idleMs);
  return new Map([...cpuOf(cluster)].map(([name, seconds]) => [name, (seconds - before.get(name)!) / (idleMs / 1000)]));
}

async function runRound(cluster: Cluster, idle: ReadonlyMap<string, number>, { bodies, samples }: Load): Promise<ClusterRound> {
  const running = aggregatorsOf(cluster).filter((one) => one.pid() !== undefined);
  await settled(running);
  const before = cpuOf(cluster);
  const counted = await Promise.all(running.map(({ url }) => readMetric(url!, 'opsloop_aggregator_samples_total')));
  const startMs = performance.now();
  let next = 0;
  await sendBodies({ url: cluster.collectorUrl, token: cluster.ingestToken, connections: 16, next: () => bodies[next++] });
  const own = async (): Promise<number[]> => (await Promise.all(running.map(({ url }) => readMetric(url!, 'opsloop_aggregator_samples_total')))).map((now, i) => now - counted[i]!);
  let taken = await own();
  for (; sum(taken) < samples; taken = await own()) await pause(pollMs);
  const wallSeconds = (performance.now() - startMs) / 1000;
  await settled(running);
  const spentSeconds = (performance.now() - startMs) / 1000;
  const after = cpuOf(cluster);
  const hops = Object.fromEntries([...after].map(([name, seconds]) => {
    // With one of two aggregators gone, half of what both spend.
    const share = name === 'aggregator' ? running.length / aggregatorsOf(cluster).length : 1;
    return [name, (1e6 * (seconds - before.get(name)! - share * idle.get(name)! * spentSeconds)) / samples];
  }));
  const partitions = await Promise.all(running.map(({ url }) => readMetric(url!, `opsloop_bus_partitions{topic="${topics.raw.name}",group="aggregator"}`)));
  const engines = ['Kafka', 'InfluxDB', 'documents'];
  const total = (names: readonly string[]): number => sum(names.map((name) => hops[name] ?? 0));
  return {
    aggregators: running.length, samples, wallSeconds, hops,
    samplesPerSecond: Math.round(samples / wallSeconds),
    ownUsPerSample: total(Object.keys(hops).filter((name) => !engines.includes(name))),
    allUsPerSample: total(Object.keys(hops)),
    shares: taken.map((count, i) => ({ samples: count / samples, partitions: partitions[i]! })),
  };
}

function cpuOf({ services, kafka, influxd, mongo }: Cluster): ReadonlyMap<string, number> {
  const engines = [...kafka.brokers.map((one) => ({ name: 'Kafka', pid: one.pid() })), { name: 'InfluxDB', pid: influxd.pid }, { name: 'documents', pid: mongo.pid() }];
  return readCpu([...services.map((one) => ({ name: one.service, pid: one.pid() })), ...engines]);
}

/** Until no window was written to history for three seconds. */
async function settled(aggregators: readonly ServiceProcess[]): Promise<void> {
  for (let before = -1, now = 0; now !== before; ) {
    before = now;
    await pause(3_000);
    now = sum(await Promise.all(aggregators.map(({ url }) => readMetric(url!, 'opsloop_history_windows_total'))));
  }
}

async function readMetric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return sum(text.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`)).map((line) => Number(line.slice(line.lastIndexOf(' ') + 1))));
}

function summarise(embeddedUsPerSample: number, rounds: readonly ClusterRound[]): ClusterResult {
  const mean = (aggregators: number, value: (round: ClusterRound) => number): number => {
    const chosen = rounds.filter((round) => round.aggregators === aggregators).map(value);
    return sum(chosen) / chosen.length;
  };
  return {
    windowMs, embeddedUsPerSample, rounds,
    throughputOfTwo: mean(2, ({ samplesPerSecond }) => samplesPerSecond) / mean(1, ({ samplesPerSecond }) => samplesPerSecond),
    aggregatorUs: { one: mean(1, ({ hops }) => hops['aggregator']!), two: mean(2, ({ hops }) => hops['aggregator']!) },
    timesEmbedded: { own: mean(1, ({ ownUsPerSample }) => ownUsPerSample) / embeddedUsPerSample, all: mean(1, ({ allUsPerSample }) => allUsPerSample) / embeddedUsPerSample },
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
