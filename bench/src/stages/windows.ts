/** The aggregator's own work: microseconds for each sample and window, and memory for each series. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { RawBatch, SeriesDictionary, WindowBatch } from '@opsloop/contracts';
import { createPartitionWindows, createWindowTools, encodePartitionWindows, resourceIdOf, stepBatch, stepTick, type EarlyWatch, type PartitionWindows } from '@opsloop/domain';
import { createRawBatchDecoder, encodeRawBatch, encodeWindowBatch } from '@opsloop/wire';

export interface WindowsResult {
  readonly windowMs: number;
  readonly samples: number;
  readonly windows: number;
  readonly decodeUsPerSample: number;
  /** Into windows, and out of them when they close. */
  readonly stepUsPerSample: number;
  readonly encodeUsPerWindow: number;
  readonly snapshotBytesPerSeries: number;
  readonly snapshotUsPerSeries: number;
}

export interface WindowsMemoryResult {
  readonly fewSeries: number;
  readonly manySeries: number;
  /** Everything that the windows of a process keep, decoders included. */
  readonly bytesPerSeries: number;
}

const partitions = 16;
const encodings = 10;
const stepMs = 10_000;
const startMs = 1_763_000_000_000;

/**
 * `hosts` agents send 125 samples every ten seconds, `rounds` times; the first fifth warms up. Times are of the CPU, so
 * that other work on the machine does not count. Encoding is what a run takes longer in which each batch is encoded ten times.
 */
export function measureWindows(windowMs: number, hosts = 300, rounds = 200): WindowsResult {
  const decoder = createRawBatchDecoder();
  const labs = [createLab(windowMs, hosts), createLab(windowMs, hosts)] as const;
  const spent = { decodeUs: 0, stepUs: 0, stepAndEncodeUs: 0, samples: 0, windows: 0 };
  for (let round = 0; round < rounds; round++) {
    const messages = labs[0].messages(round);
    if (round === Math.floor(rounds / 5)) for (const key of Object.keys(spent) as (keyof typeof spent)[]) spent[key] = 0;
    let batches: RawBatch[] = [];
    spent.decodeUs += cpuUs(() => (batches = messages.map((bytes) => decoder.decode(bytes))));
    spent.stepUs += cpuUs(() => labs[0].step(round, batches, (batch) => (spent.windows += batch.count.length)));
    spent.stepAndEncodeUs += cpuUs(() => labs[1].step(round, batches, (batch) => {
      for (let time = 0; time < encodings; time++) encodeWindowBatch(batch);
    }));
    spent.samples += hosts * labs[0].seriesSent;
  }
  let snapshotBytes = 0;
  const snapshotUs = cpuUs(() => {
    for (const state of labs[0].states) for (const chunk of encodePartitionWindows(state)) snapshotBytes += chunk.length;
  });
  const series = hosts * labs[0].seriesSent;
  return {
    windowMs,
    samples: spent.samples,
    windows: spent.windows,
    decodeUsPerSample: spent.decodeUs / spent.samples,
    stepUsPerSample: spent.stepUs / spent.samples,
    encodeUsPerWindow: (spent.stepAndEncodeUs - spent.stepUs) / (encodings * spent.windows),
    snapshotBytesPerSeries: Math.round(snapshotBytes / series),
    snapshotUsPerSeries: snapshotUs / series,
  };
}

export function cpuUs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** The slope between 300 and 1,200 agents, after two minutes of samples. */
export function measureWindowsMemory(windowMs: number): WindowsMemoryResult {
  const few = heldBytes(windowMs, 300);
  const many = heldBytes(windowMs, 1_200);
  return { fewSeries: few.series, manySeries: many.series, bytesPerSeries: Math.round((many.bytes - few.bytes) / (many.series - few.series)) };
}

function heldBytes(windowMs: number, hosts: number): { series: number; bytes: number } {
  const before = heapBytes();
  const decoder = createRawBatchDecoder();
  let lab: ReturnType<typeof createLab> | undefined = createLab(windowMs, hosts);
  for (let round = 0; round < 12; round++) lab.step(round, lab.messages(round).map((bytes) => decoder.decode(bytes)), encodeWindowBatch);
  const { states, seriesSent } = lab;
  // What made the messages is no part of an aggregator.
  lab = undefined;
  const bytes = heapBytes() - before;
  if (states.length === 0) throw new Error('unreachable: keeps the states alive until they are measured');
  return { series: hosts * seriesSent, bytes };
}

/** A fleet of agents and the windows of their partitions. */
export function createLab(windowMs: number, hosts: number, early?: EarlyWatch) {
  const tools = createWindowTools({ widthMs: windowMs, graceMs: 2_000, latenessMs: 60_000, idleMs: 3 * windowMs, maxSeries: 20_000 });
  if (early) tools.early = early;
  const states: PartitionWindows[] = Array.from({ length: partitions }, () => createPartitionWindows(tools));
  const fleet = Array.from({ length: hosts }, (_, index) => hostOf(index));
  let seed = 42;
  const random = (): number => (seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  let position = 0;
  return {
    states,
    tools,
    seriesSent: fleet[0]!.dictionary.size,
    messages: (round: number): Uint8Array[] =>
      fleet.map((host, index) => {
        const values = Float64Array.from({ length: host.dictionary.size }, () => round * 500 + random() * 100);
        const contentHash = { high: round, low: index };
        return encodeRawBatch({ ...host, source: 'agent', contentHash, rows: [{ timeMs: startMs + round * stepMs, slots: undefined, values }] });
      }),
    step(round: number, batches: readonly RawBatch[], emit: (batch: WindowBatch) => void): void {
      const arrivalMs = startMs + round * stepMs + 200;
      for (const [index, batch] of batches.entries()) stepBatch(states[index % partitions]!, batch, { position: position++, arrivalMs }, emit);
      for (let second = 1; second < 10; second++) for (const state of states) stepTick(state, arrivalMs + second * 1000, emit);
    },
  };
}

/** A Telegraf with its usual inputs on a host of four cores: 125 fields. */
const inputs: readonly (readonly [measurement: string, tags: readonly Readonly<Record<string, string>>[], fields: string])[] = [
  ['cpu', ['cpu0', 'cpu1', 'cpu2', 'cpu3', 'cpu-total'].map((cpu) => ({ cpu })), 'usage_user usage_system usage_idle usage_nice usage_iowait usage_irq usage_softirq usage_steal usage_guest usage_guest_nice'],
  ['disk', ['sda1', 'sdb1'].map((device) => ({ device, fstype: 'ext4', mode: 'rw', path: `/mnt/${device}` })), 'total free used used_percent inodes_total inodes_free inodes_used'],
  ['diskio', ['sda1', 'sdb1'].map((name) => ({ name })), 'reads writes read_bytes write_bytes read_time write_time io_time iops_in_progress'],
  ['net', ['eth0', 'eth1'].map((name) => ({ interface: name })), 'bytes_sent bytes_recv packets_sent packets_recv err_in err_out drop_in drop_out'],
  ['mem', [{}], 'total available used used_percent available_percent free cached buffered active inactive'],
  ['swap', [{}], 'total used free used_percent in out'],
  ['system', [{}], 'load1 load5 load15 n_cpus n_users uptime'],
  ['processes', [{}], 'running sleeping blocked zombies stopped total total_threads'],
];

function hostOf(index: number): { resource: RawBatch['resource']; attributes: RawBatch['attributes']; dictionary: SeriesDictionary } {
  const tuple = { tenant: 'default', provider: 'local', region: 'default', kind: 'host', uid: `web-${index}` };
  const metrics: string[] = [];
  const labelSets: Readonly<Record<string, string>>[] = [];
  const slots: { metric: number; labels: number }[] = [];
  for (const [measurement, tagSets, fields] of inputs) {
    const first = metrics.length;
    metrics.push(...fields.split(' ').map((field) => `${measurement}.${field}`));
    for (const tags of tagSets) {
      labelSets.push(tags);
      for (let metric = first; metric < metrics.length; metric++) slots.push({ metric, labels: labelSets.length - 1 });
    }
  }
  const dictionary = { size: slots.length, metrics, labelSets, metricOf: Uint32Array.from(slots, ({ metric }) => metric), labelsOf: Uint32Array.from(slots, ({ labels }) => labels) };
  return { resource: { id: resourceIdOf(tuple), ...tuple }, attributes: { host: tuple.uid }, dictionary };
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
