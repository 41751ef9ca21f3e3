/** Memory per active series, as the slope between two loads: what a server needs beside its series cancels out. */
import { prepareBodies, sendAll, settled } from './ingest.js';
import { startServer } from '@opsloop/testing';

export interface MemoryResult {
  readonly fewSeries: number;
  readonly fewBytes: number;
  readonly manySeries: number;
  readonly manyBytes: number;
  readonly bytesPerSeries: number;
}

const seriesPerHost = 125;
const ticks = 12;

export async function measureMemory(): Promise<MemoryResult> {
  const fewBytes = await rssWith(300);
  const manyBytes = await rssWith(1_200);
  const fewSeries = 300 * seriesPerHost;
  const manySeries = 1_200 * seriesPerHost;
  return { fewSeries, fewBytes, manySeries, manyBytes, bytesPerSeries: Math.round((manyBytes - fewBytes) / (manySeries - fewSeries)) };
}

async function rssWith(hosts: number): Promise<number> {
  const server = await startServer();
  try {
    await sendAll(server, prepareBodies(hosts, ticks).bodies);
    await settled(server);
    return server.rssBytes();
  } finally {
    await server.stop();
  }
}
