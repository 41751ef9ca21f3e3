import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CreateMetricStore, MetricStoreUnderTest } from './metric-store-under-test.js';
import { mortalFromMs, mortalHosts, mortalMetrics, mortalValue } from './mortal-writes.js';

const writer = fileURLToPath(new URL('./mortal-writer.js', import.meta.url));

/** Lets a process write from call `from` on, and kills it `afterMs` after its first resolved write. Returns the last call that was resolved. */
async function writeUntilKilled({ module, factory, options }: MetricStoreUnderTest['child'], from: number, afterMs: number): Promise<number> {
  const child = fork(writer, [module, factory, JSON.stringify(options), String(from)], { execArgv: [], env: { ...process.env, NODE_OPTIONS: '' } });
  let resolved = from - 1;
  return new Promise((resolve, reject) => {
    child.on('message', (call: number) => {
      if (resolved < from) setTimeout(() => child.kill('SIGKILL'), afterMs);
      resolved = call;
    });
    child.on('exit', (code, signal) => (signal === 'SIGKILL' ? resolve(resolved) : reject(new Error(`the writing process ended by itself (${code ?? signal})`))));
  });
}

export function describeMetricStoreCrashes(create: CreateMetricStore): void {
  test('after a kill -9 while it writes everything resolved is there, and nothing that was never written', async () => {
    const under = await create(10_000);
    try {
      let next = 0;
      for (const afterMs of [3, 41, 90, 17]) {
        await under.close();
        const resolved = await writeUntilKilled(under.child, next, afterMs);
        await under.reopen();
        expect(resolved).toBeGreaterThanOrEqual(next);
        next = await checkCalls(under, resolved);
      }
    } finally {
      await under.destroy();
    }
  }, 120_000);
}

/** Returns the call to go on with. */
async function checkCalls({ store }: MetricStoreUnderTest, resolved: number): Promise<number> {
  let longest = 0;
  for (let metric = 0; metric < mortalMetrics; metric++) {
    const found = await store.query({ selector: { tenant: 'default', metric: `mortal.${metric}` }, fromMs: mortalFromMs, toMs: mortalFromMs + 86_400_000, stepMs: 10_000, tier: 'base' });
    expect(found).toHaveLength(mortalHosts);
    const hosts = found.toSorted((a, b) => a.sum[0]! - b.sum[0]!);
    for (const [host, { startsMs, sum, count }] of hosts.entries()) {
      expect(sum.length).toBeGreaterThan(resolved);
      // Two writes were under way at most.
      expect(sum.length).toBeLessThanOrEqual(resolved + 3);
      expect([...startsMs]).toEqual(Array.from(sum, (_, call) => mortalFromMs + call * 10_000));
      expect([...sum]).toEqual(Array.from(sum, (_, call) => mortalValue(call, host, metric)));
      expect(count.every((one) => one === 1)).toBe(true);
      longest = Math.max(longest, sum.length);
    }
  }
  return longest;
}
