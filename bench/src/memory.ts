/**
 * Memory per active series, as the slope between two loads of equally many samples: what a server needs beside its
 * series cancels out, and so do caches of recent rows and records, which have bounds of their own.
 */
import { prepareBodies, sendAll, settled } from './ingest.js';
import { startServer } from '@opsloop/testing';

export interface MemoryResult {
  readonly fewSeries: number;
  /** Resident bytes of each run; what lies unused in the allocator differs from run to run, so the medians are compared. */
  readonly fewBytes: readonly number[];
  readonly manySeries: number;
  readonly manyBytes: readonly number[];
  readonly bytesPerSeries: number;
}

const seriesPerHost = 125;
const hostTicks = 14_400;
const runs = 3;
const [fewHosts, manyHosts] = [300, 1_200];

export async function measureMemory(): Promise<MemoryResult> {
  const fewBytes: number[] = [];
  const manyBytes: number[] = [];
  for (let run = 0; run < runs; run++) {
    fewBytes.push(await rssWith(fewHosts));
    manyBytes.push(await rssWith(manyHosts));
  }
  const [fewSeries, manySeries] = [fewHosts * seriesPerHost, manyHosts * seriesPerHost];
  return { fewSeries, fewBytes, manySeries, manyBytes, bytesPerSeries: Math.round((medianOf(manyBytes) - medianOf(fewBytes)) / (manySeries - fewSeries)) };
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

async function rssWith(hosts: number): Promise<number> {
  const server = await startServer();
  try {
    await sendAll(server, prepareBodies(hosts, hostTicks / hosts).bodies);
    await settled(server);
    return server.rssBytes();
  } finally {
    await server.stop();
  }
}
