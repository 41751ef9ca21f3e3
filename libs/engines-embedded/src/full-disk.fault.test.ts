import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createTempDir } from '@opsloop/testing';

/** A small disk of its own, in a namespace that goes with the process. */
const asNewRoot = ['-rm', 'sh', '-c'];
const mountable = spawnSync('unshare', [...asNewRoot, 'mount -t tmpfs -o size=1m tmpfs /mnt']).status === 0;
const onSmallDisk = mountable ? test : test.skip;

const dist = pathToFileURL(createRequire(import.meta.url).resolve('@opsloop/engines-embedded')).href;
const preamble = `
import { writeFileSync, rmSync } from 'node:fs';
import { createEmbeddedBus, createEmbeddedDocuments } from '${dist}';
const dataDir = process.argv[2];
const clock = { now: Date.now, monotonic: () => performance.now(), sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) };
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const until = async (holds) => { for (let waitedMs = 0; !holds() && waitedMs < 8_000; waitedMs += 20) await pause(20); };
const ballast = dataDir + '/ballast';
writeFileSync(ballast, Buffer.alloc(6 * 2 ** 20));
const refusals = [];
const attempt = (work) => work().then((value) => value ?? true, (error) => void refusals.push([error.name, error.retryable]));
const report = (found) => { console.log(JSON.stringify(found)); process.exit(0); };
`;

function runOnSmallDisk(script: string): Record<string, unknown> {
  const dir = createTempDir();
  const disk = join(dir.path, 'disk');
  mkdirSync(disk);
  const file = join(dir.path, 'script.mjs');
  writeFileSync(file, preamble + script);
  const { stdout, stderr } = spawnSync('unshare', [...asNewRoot, `mount -t tmpfs -o size=16m tmpfs ${disk} && exec "${process.execPath}" ${file} ${disk}`], { encoding: 'utf8', timeout: 50_000, env: { ...process.env, NODE_OPTIONS: '' } });
  dir.remove();
  if (stdout === '') throw new Error(`the process on the small disk said nothing: ${stderr}`);
  return JSON.parse(stdout) as Record<string, unknown>;
}

onSmallDisk('bus: a full disk is told once, publishers try again, subscribers live on; with space again nothing is lost or torn', () => {
  const found = runOnSmallDisk(`
    const troubles = [];
    const open = async () => {
      const bus = createEmbeddedBus({ dataDir, clock, maxBytes: 2 ** 30, onTrouble: (error) => troubles.push(error ? 'failing' : 'mended') });
      await bus.start();
      return bus;
    };
    let bus = await open();
    const delivered = [];
    const subscription = await bus.subscribe('runs.v1', 'g', { async onBatch(partition, records) { for (const { value } of records) delivered.push(value.readUInt32LE(0)); } });
    const acknowledged = [];
    let number = 0;
    const publish = async () => {
      const value = Buffer.alloc(100_000);
      value.writeUInt32LE(number);
      if (await attempt(() => bus.publish('runs.v1', [{ key: 'default/a', value }]))) acknowledged.push(number);
      number++;
    };
    while (refusals.length === 0 && number < 500) await publish();
    const fitted = acknowledged.length;
    for (let i = 0; i < 20; i++) await publish();
    await until(() => bus.isFull());
    const full = bus.isFull();
    const unhealthy = await bus.check().then(() => false, () => true);
    rmSync(ballast);
    const before = acknowledged.length;
    for (let i = 0; i < 20; i++) await publish();
    await bus.check();
    await until(() => !bus.isFull() && delivered.length >= acknowledged.length);
    const again = acknowledged.length - before;
    const roomAgain = !bus.isFull();
    await bus.stop(2_000);
    bus = await open();
    const kept = [];
    await bus.tail('runs.v1', 'oldest', (partition, records) => { for (const { value } of records) kept.push(value.readUInt32LE(0)); });
    await until(() => kept.length >= acknowledged.length);
    report({ fitted, full, unhealthy, again, roomAgain, troubles, refusals: [...new Set(refusals.map(String))], acknowledged, delivered, kept });
  `);
  expect(found).toMatchObject({ full: true, unhealthy: true, again: 20, roomAgain: true, troubles: ['failing', 'mended'], refusals: ['EngineError,true'] });
  expect(found['fitted']).toBeGreaterThan(20);
  expect(found['delivered']).toEqual(found['acknowledged']);
  expect(found['kept']).toEqual(found['acknowledged']);
}, 60_000);

onSmallDisk('documents: a full disk refuses writes for now, leaves what was there readable, and takes writes with space again', () => {
  const found = runOnSmallDisk(`
    const troubles = [];
    const documents = createEmbeddedDocuments({ dataDir, clock, onTrouble: (error) => troubles.push(error ? 'failing' : 'mended') });
    await documents.start();
    const collection = documents.collection({ name: 'filler', indexes: [['tenant', 'rank']] });
    const acknowledged = [];
    let rank = 0;
    const insert = async () => {
      if (await attempt(() => collection.insert({ id: 'default/' + rank, tenant: 'default', rank }, new Uint8Array(200_000)))) acknowledged.push(rank);
      rank++;
    };
    while (refusals.length === 0 && rank < 200) await insert();
    for (let i = 0; i < 5; i++) await insert();
    const fitted = acknowledged.length;
    const readable = (await collection.get('default/0')).bytes.length;
    rmSync(ballast);
    const before = acknowledged.length;
    for (let i = 0; i < 10; i++) await insert();
    const kept = [];
    for (let cursor; ; ) {
      const page = await collection.find({ tenant: 'default' }, { sort: { field: 'rank', direction: 'asc' }, ...(cursor ? { cursor } : {}) });
      kept.push(...page.items.map(({ doc }) => doc.rank));
      if (!(cursor = page.nextCursor)) break;
    }
    await documents.stop(1_000);
    report({ fitted, readable, again: acknowledged.length - before, troubles, refusals: [...new Set(refusals.map(String))], acknowledged, kept });
  `);
  expect(found).toMatchObject({ readable: 200_000, again: 10, troubles: ['failing', 'mended'], refusals: ['EngineError,true'] });
  expect(found['fitted']).toBeGreaterThan(5);
  expect(found['kept']).toEqual(found['acknowledged']);
}, 60_000);
