/** What it costs the aggregator that policies wait for limits: the same batches, with nothing watched and with ten series of each host. */
import type { RawBatch } from '@opsloop/contracts';
import { createPolicySet, earlyLimitsOf } from '@opsloop/domain';
import { createRawBatchDecoder } from '@opsloop/wire';
import { cpuUs, createLab } from './windows.js';

export interface EarlyCost {
  readonly samples: number;
  readonly stepUsPerSampleUnwatched: number;
  readonly stepUsPerSampleWatched: number;
  /** Of each pair of rounds: watched over unwatched, the middle one. */
  readonly medianRatio: number;
}

const watchedMetrics = ['system.load1', 'system.load5', 'system.load15', 'mem.used_percent', 'mem.available_percent', 'swap.used_percent', 'processes.blocked', 'processes.zombies', 'processes.running', 'processes.total'];

/** Rounds alternate which of the two steps first. Limits are out of reach: this is the price of looking. */
export function measureEarlyCost(windowMs: number, hosts = 300, rounds = 200): EarlyCost {
  const decoder = createRawBatchDecoder();
  const labs = [createLab(windowMs, hosts), createLab(windowMs, hosts, earlyLimitsOf(createPolicySet(watchedMetrics.map(policyOf))))] as const;
  const spent = [0, 0];
  const ratios: number[] = [];
  let samples = 0;
  for (let round = 0; round < rounds; round++) {
    const batches: RawBatch[] = labs[0].messages(round).map((bytes) => decoder.decode(bytes));
    const us = [0, 0];
    for (const index of round % 2 === 0 ? [0, 1] : [1, 0]) us[index] = cpuUs(() => labs[index as 0 | 1].step(round, batches, () => undefined));
    if (round < rounds / 5) continue;
    for (const index of [0, 1]) spent[index]! += us[index]!;
    ratios.push(us[1]! / us[0]!);
    samples += hosts * labs[0].seriesSent;
  }
  return { samples, stepUsPerSampleUnwatched: spent[0]! / samples, stepUsPerSampleWatched: spent[1]! / samples, medianRatio: ratios.toSorted((a, b) => a - b)[Math.floor(ratios.length / 2)]! };
}

function policyOf(metric: string): Parameters<typeof createPolicySet>[0][number] {
  const name = metric.replaceAll('.', '-').replaceAll('_', '-');
  const spec = { kind: 'threshold', metric, aggregate: 'MAX', window: '1m', threshold: { warn: '> 1e15', critical: '> 1e16' } };
  const definition = { apiVersion: 'opsloop/v1', kind: 'Policy', metadata: { name }, spec } as never;
  return { id: `default/Policy/${name}`, tenant: 'default', kind: 'Policy', name, deleted: false, managedBy: 'api', changedAtMs: 1, versions: [{ version: 1, sinceMs: 0, definition, author: 'bench', atMs: 1, source: '' }] };
}
