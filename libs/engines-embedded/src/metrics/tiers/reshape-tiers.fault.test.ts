import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createEmbeddedMetricStore } from '@opsloop/engines-embedded';
import { buildResource, buildWindowBatch, createTempDir, expectSameHistory, recomputeHistory, toHistory } from '@opsloop/testing';
import { runInFile } from '../metric-store-under-test.js';

/** Is killed when its store is open, or before: at the fault point, or so many ms after it began to open it. */
const killedChild = `
import { createEmbeddedMetricStore } from '${pathToFileURL(createRequire(import.meta.url).resolve('@opsloop/engines-embedded')).href}';
const [dataDir, windowMs, when] = process.argv.slice(2);
const kill = () => process.kill(process.pid, 'SIGKILL');
const store = createEmbeddedMetricStore({ dataDir, windowMs: Number(windowMs), ...(when.includes(':') && { faultPoint: when }) });
if (Number(when) > 0) setTimeout(kill, Number(when));
await store.start();
kill();
`;
const fromMs = Date.UTC(2023, 10, 14);
const metrics = ['m.0', 'm.1', 'm.2', 'm.3'];
const beforeCommit = 'metric-store.before-tables-commit:1';
const whenOpen = 'open';

/** Windows of one sample and of two. More rows than a row group: those are written before the commit. */
const windowsOf = (widthMs: number) => Array.from({ length: 360 }, (_, call) => Array.from({ length: 40 }, (__, host) => buildWindowBatch({
  resource: buildResource({ uid: `h${host}` }), startMs: fromMs + call * widthMs, widthMs, revision: call + 1,
  windows: metrics.map((metric, at) => ({ metric, values: host % 3 === 0 ? [call, host + at / 8] : [call + at] })),
})));

describe('a kill -9 while the tables are made or fitted to another width', () => {
  const root = createTempDir();
  const newDir = (): string => mkdtempSync(join(root.path, 'store-'));
  afterAll(() => root.remove());

  /** A closed store of windows of that width: rows sorted and not, tiers rolled up, the first base windows dropped, and buckets that are dirty. */
  async function makeStore(windowMs: number): Promise<string> {
    const dataDir = newDir();
    const store = createEmbeddedMetricStore({ dataDir, windowMs, compactRows: 20_000 });
    await store.start();
    const calls = windowsOf(windowMs);
    for (let call = 0; call < 360; call += 40) await store.write(calls.slice(call, call + 40).flat());
    for (const tier of ['1m', '1h', '1d'] as const) await store.rollup(tier, fromMs + 360 * windowMs);
    await store.drop('base', fromMs + 90 * windowMs + 30_000);
    await store.write(correctionsOf(windowMs));
    await store.stop(5_000);
    return dataDir;
  }
  const correctionsOf = (windowMs: number) => windowsOf(windowMs)[300]!.map((batch) => ({ ...batch, revision: 10_000, sum: batch.sum.map((sum) => sum + 1) }));

  function openAndKill(dataDir: string, windowMs: number, when: string | number): void {
    const script = join(newDir(), 'script.mjs');
    writeFileSync(script, killedChild);
    const { signal, stderr } = spawnSync(process.execPath, [script, dataDir, `${windowMs}`, `${when}`], { encoding: 'utf8', timeout: 60_000, env: { ...process.env, NODE_OPTIONS: '' } });
    expect({ signal, stderr }).toEqual({ signal: 'SIGKILL', stderr: '' });
  }

  function logSizeOf(dataDir: string): number {
    return statSync(join(dataDir, 'metrics', 'history.duckdb.wal'), { throwIfNoEntry: false })?.size ?? 0;
  }

  async function checkAfterwards(dataDir: string, windowMs: number, formerWindowMs: number): Promise<void> {
    const store = createEmbeddedMetricStore({ dataDir, windowMs });
    await store.start();
    try {
      const all = [...windowsOf(formerWindowMs).flat(), ...correctionsOf(formerWindowMs)];
      const expectTier = async (tier: '1m' | '1h' | '1d', stepMs: number, batches = all): Promise<void> => {
        const query = { selector: { tenant: 'default', metric: 'm.1' }, fromMs, toMs: fromMs + 86_400_000, tier, stepMs };
        expectSameHistory(toHistory(await store.query(query)), recomputeHistory(batches, 'm.1', stepMs));
      };
      for (const tier of ['1m', '1h', '1d'] as const) await store.rollup(tier, fromMs + 2 * 86_400_000);
      await expectTier('1m', 60_000);
      await expectTier('1h', 3_600_000);
      await expectTier('1d', 86_400_000);
      const more = [{ ...windowsOf(windowMs)[0]![1]!, startMs: fromMs + 10 * 3_600_000 }];
      await store.write(more);
      await store.rollup('1m', fromMs + 2 * 86_400_000);
      await expectTier('1m', 60_000, [...all, ...more]);
    } finally {
      await store.stop(5_000);
    }
  }

  test.each([beforeCommit, whenOpen])('leaves a new store that opens (%s)', async (when) => {
    const dataDir = newDir();
    openAndKill(dataDir, 10_000, when);
    const store = createEmbeddedMetricStore({ dataDir, windowMs: 10_000 });
    await store.start();
    const batches = windowsOf(10_000).slice(0, 12).flat();
    await store.write(batches);
    expect(await store.rollup('1m', fromMs + 86_400_000)).toBe(2 * 40 * metrics.length);
    const query = { selector: { tenant: 'default', metric: 'm.1' }, fromMs, toMs: fromMs + 86_400_000, tier: '1m', stepMs: 60_000 } as const;
    expectSameHistory(toHistory(await store.query(query)), recomputeHistory(batches, 'm.1', 60_000));
    await store.stop(5_000);
  });

  test.each([
    { from: 10_000, to: 60_000, format: 3 },
    { from: 60_000, to: 10_000, format: 3 },
    { from: 10_000, to: 10_000, format: 2 },
  ])('loses nothing: windows of $from ms in format $format become those of $to ms', async ({ from, to, format }) => {
    const made = await makeStore(from);
    if (format === 2) {
      await runInFile({ folder: join(made, 'metrics') }, [
        'INSERT INTO windows_base_hot FROM windows_base_single_hot WHERE start > 0',
        'INSERT INTO windows_base FROM windows_base_single WHERE start > 0',
        'DROP TABLE windows_base_single_hot',
        'DROP TABLE windows_base_single',
        'UPDATE format SET version = 2',
      ]);
    }
    for (const kills of [[beforeCommit], [whenOpen], [80, 140, beforeCommit, whenOpen, whenOpen]]) {
      const dataDir = newDir();
      cpSync(made, dataDir, { recursive: true });
      for (const when of kills) openAndKill(dataDir, to, when);
      // What an opened store did stands in its log alone: the next start reads it from there.
      expect([kills.at(-1), logSizeOf(dataDir) > 0]).toEqual([kills.at(-1), kills.at(-1) === whenOpen]);
      await checkAfterwards(dataDir, to, from);
    }
  }, 120_000);
});
