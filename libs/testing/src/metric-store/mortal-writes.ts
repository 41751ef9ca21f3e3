import type { WindowBatch } from '@opsloop/contracts';
import { buildResource } from '../build-resource.js';
import { buildWindowBatch } from '../build-window-batch.js';

/** What the process writes that is killed: call n holds one window of each series, n x 10 s after the first. */
export const mortalHosts = 10;
export const mortalMetrics = 20;
export const mortalFromMs = 1_700_006_400_000;

/** The value of a series in call n; no two calls share one. */
export function mortalValue(call: number, host: number, metric: number): number {
  return call + host / 16 + metric / 1024;
}

export function mortalWrite(call: number): WindowBatch[] {
  return Array.from({ length: mortalHosts }, (_, host) => buildWindowBatch({
    resource: buildResource({ uid: `mortal-${host}` }),
    startMs: mortalFromMs + call * 10_000,
    revision: call + 1,
    windows: Array.from({ length: mortalMetrics }, (__, metric) => ({ metric: `mortal.${metric}`, values: [mortalValue(call, host, metric)] })),
  }));
}
