import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createEmbeddedMetricStore } from '@opsloop/engines-embedded';
import { createTempDir, expectSameHistory, recomputeHistory, toHistory, buildResource, buildWindowBatch } from '@opsloop/testing';

const resolvable = createRequire(import.meta.url);
const preamble = `
import { createEmbeddedMetricStore } from '${pathToFileURL(resolvable.resolve('@opsloop/engines-embedded')).href}';
import { buildResource, buildWindowBatch } from '${pathToFileURL(resolvable.resolve('@opsloop/testing')).href}';
const [dataDir, faultPoint] = process.argv.slice(2);
const fromMs = ${Date.UTC(2023, 10, 14)};
`;
const fromMs = Date.UTC(2023, 10, 14);
const hosts = 20;
const metrics = 5;

/** What the child writes in its call n, in the child's words and in ours: windows of one sample and of two. */
const windowsOf = (call: number) => Array.from({ length: hosts }, (_, host) => buildWindowBatch({
  resource: buildResource({ uid: `h${host}` }), startMs: fromMs + call * 10_000, revision: call + 1,
  windows: Array.from({ length: metrics }, (__, at) => ({ metric: `m.${at}`, values: host % 2 === 0 ? [call] : [call, host + at / 8] })),
}));
const childWindowsOf = `const windowsOf = (call) => Array.from({ length: ${hosts} }, (_, host) => buildWindowBatch({
  resource: buildResource({ uid: 'h' + host }), startMs: fromMs + call * 10_000, revision: call + 1,
  windows: Array.from({ length: ${metrics} }, (__, at) => ({ metric: 'm.' + at, values: host % 2 === 0 ? [call] : [call, host + at / 8] })),
}));
`;

const killedChild = `${preamble}${childWindowsOf}
const store = createEmbeddedMetricStore({ dataDir, windowMs: 10_000, compactRows: 700, faultPoint });
await store.start();
for (let call = 0; call < 400; call++) {
  await store.write(windowsOf(call));
  console.log(call);
  if (call % 6 === 5) {
    // The newest minutes, and one of before again.
    await store.write(windowsOf(call - 3).map((batch) => ({ ...batch, revision: 1_000_000 + call })));
    await store.rollup('1m', fromMs + (call + 1) * 10_000);
    await store.rollup('1h', fromMs + 86_400_000);
  }
}
`;

test.each(['before-commit:1', 'before-commit:23', 'after-commit:9', 'before-rollup-commit:1', 'before-rollup-commit:6', 'before-compaction-commit:1', 'before-compaction-commit:3', 'before-checkpoint:2'])(
  'a kill -9 at metric-store.%s loses nothing that was resolved, and tiers come out right',
  async (point) => {
    const dir = createTempDir();
    try {
      const script = join(dir.path, 'script.mjs');
      writeFileSync(script, killedChild);
      const { signal, stdout, stderr } = spawnSync(process.execPath, [script, dir.path, `metric-store.${point}`], { encoding: 'utf8', timeout: 60_000, env: { ...process.env, NODE_OPTIONS: '' } });
      expect({ signal, stderr }).toEqual({ signal: 'SIGKILL', stderr: '' });
      const resolved = stdout.trim() === '' ? -1 : Number(stdout.trim().split('\n').at(-1));
      await checkAfterwards(dir.path, resolved);
    } finally {
      dir.remove();
    }
  },
  90_000,
);

async function checkAfterwards(dataDir: string, resolved: number): Promise<void> {
  const store = createEmbeddedMetricStore({ dataDir, windowMs: 10_000 });
  await store.start();
  try {
    // At-least-once: the writer comes back with what was not resolved, and some of what was.
    const calls = Array.from({ length: resolved + 2 }, (_, call) => windowsOf(call)).flat();
    for (const call of [resolved - 1, resolved, resolved + 1]) if (call >= 0) await store.write(windowsOf(call));
    for (const tier of ['1m', '1h', '1d'] as const) await store.rollup(tier, fromMs + 2 * 86_400_000);
    for (const metric of ['m.0', 'm.4']) {
      const query = { selector: { tenant: 'default', metric }, fromMs, toMs: fromMs + 86_400_000 };
      for (const [tier, stepMs] of [['base', 10_000], ['1m', 60_000], ['1h', 3_600_000], ['1d', 86_400_000]] as const) {
        expectSameHistory(toHistory(await store.query({ ...query, tier, stepMs })), recomputeHistory(calls, metric, stepMs));
      }
    }
  } finally {
    await store.stop(5_000);
  }
}

/** A small disk of its own, in a namespace that goes with the process. */
const asNewRoot = ['-rm', 'sh', '-c'];
const mountable = spawnSync('unshare', [...asNewRoot, 'mount -t tmpfs -o size=1m tmpfs /mnt']).status === 0;
const onSmallDisk = mountable ? test : test.skip;

const smallDiskChild = `${preamble}
import { rmSync, writeFileSync } from 'node:fs';
const ballast = dataDir + '/ballast';
writeFileSync(ballast, Buffer.alloc(8 * 2 ** 20));
const templates = Array.from({ length: 20 }, (_, host) => buildWindowBatch({ resource: buildResource({ uid: 'h' + host }), windows: Array.from({ length: 50 }, (__, at) => ({ metric: 'm.' + at, values: [1] })) }));
// Random digits, so that nothing can be squeezed away.
const noise = (length) => Float64Array.from({ length }, Math.random);
const windowsOf = (call) => templates.map((batch, host) => {
  const sum = noise(50);
  const spread = host % 2 === 0 ? { min: sum, max: sum, last: sum } : { min: noise(50), max: noise(50), last: noise(50) };
  return { ...batch, startMs: fromMs + call * 10_000, revision: call + 1, sum, ...spread };
});
const refusals = new Set();
const troubles = [];
const open = async () => {
  const store = createEmbeddedMetricStore({ dataDir, windowMs: 10_000, compactRows: Number(process.argv[4]), onTrouble: (error) => troubles.push(error ? 'failing' : 'mended') });
  await store.start();
  return store;
};
let store = await open();
const stored = new Set();
const write = async (call) => {
  await store.write(windowsOf(call)).then(() => stored.add(call), (error) => refusals.add(error.name + ' ' + error.retryable));
};
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
let call = 0;
while (refusals.size === 0 && call < 1_000) await write(call++);
const fitted = stored.size;
// Some attempts more, as the writer makes them.
for (let more = 0; more < 10; more++) { await write(call++); await pause(50); }
rmSync(ballast);
for (let more = 0; more < 10; more++) {
  // Retried until it works: the store may be opening its file again.
  for (let attempt = 0; attempt < 100 && !stored.has(call); attempt++) { await write(call); if (!stored.has(call)) await pause(100); }
  call++;
}
const again = [...stored].filter((one) => one >= call - 10).length;
await store.stop(5_000);
store = await open();
const found = await store.query({ selector: { tenant: 'default', metric: 'm.7' }, fromMs, toMs: fromMs + 86_400_000, stepMs: 10_000, tier: 'base' });
const kept = found.map(({ startsMs, count }) => [...startsMs].map((ms, at) => (count[at] === 1 ? (ms - fromMs) / 10_000 : -1)));
await store.stop(5_000);
console.log(JSON.stringify({ fitted, again, refusals: [...refusals], troubles, stored: [...stored].toSorted((a, b) => a - b), kept }));
process.exit(0);
`;

async function surviveFullDisk(compactRows: number): Promise<void> {
  const dir = createTempDir();
  const disk = join(dir.path, 'disk');
  mkdirSync(disk);
  const script = join(dir.path, 'script.mjs');
  writeFileSync(script, smallDiskChild);
  const child = spawn('unshare', [...asNewRoot, `mount -t tmpfs -o size=24m tmpfs ${disk} && exec "${process.execPath}" ${script} ${disk} '' ${compactRows}`], { env: { ...process.env, NODE_OPTIONS: '' }, stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await new Promise((resolve) => child.once('exit', resolve));
  dir.remove();
  const { fitted, again, refusals, troubles, stored, kept } = JSON.parse(said) as { fitted: number; again: number; refusals: string[]; troubles: string[]; stored: number[]; kept: number[][] };
  expect(refusals).toEqual(['EngineError true']);
  expect(troubles.slice(0, 1)).toEqual(['failing']);
  expect(troubles.at(-1)).toBe('mended');
  expect(fitted).toBeGreaterThan(20);
  expect(again).toBe(10);
  expect(kept).toHaveLength(20);
  for (const calls of kept) expect(calls).toEqual(expect.arrayContaining(stored));
  // A write that was refused may have been stored nevertheless, but never in part.
  for (const calls of kept) expect(calls).toEqual(kept[0]);
}

onSmallDisk('a disk that the log fills refuses writes for now and nothing else; with space again everything goes on', () => surviveFullDisk(1_000_000), 90_000);
onSmallDisk('a disk that is full while rows are sorted and folded in does no more harm than that', () => surviveFullDisk(9_000), 90_000);
