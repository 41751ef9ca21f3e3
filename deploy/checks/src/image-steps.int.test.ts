/**
 * The steps of the Dockerfile without a builder of images: its RUN lines in a fresh folder that holds what .dockerignore
 * lets through, its COPY lines into another one, and every service started from there by somebody who is not root.
 */
import { execFile, spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import dockerignore from '@balena/dockerignore';
import { createTempDir } from '@opsloop/testing';
import { loneServices, root } from './deploy-files.js';
import { readDockerfile, type Stage } from './read-dockerfile.js';

const run = promisify(execFile);
const [build, final] = readDockerfile(readFileSync(join(root, 'Dockerfile'), 'utf8')) as [Stage, Stage];
const somebody = process.getuid?.() === 0 ? { uid: 1000, gid: 1000 } : {};
const { PATH, HOME } = process.env;

const dir = createTempDir('opsloop-image-');
const built = join(dir.path, 'build');
const image = join(dir.path, 'image');
const dataDir = join(dir.path, 'data');

function copyContext(): void {
  const context = dockerignore.default().add(readFileSync(join(root, '.dockerignore'), 'utf8'));
  cpSync(root, built, { recursive: true, filter: (source) => source === root || resolve(source) === resolve(root) || !context.ignores(relative(root, source)) });
}

/** `--from=build /opsloop/x ./x` and `x ./`, into the folder of the image. */
function copyInto(rest: string): void {
  const [from, source, target] = rest.startsWith('--from=build ') ? [built, ...rest.split(' ').slice(1)] : [root, ...rest.split(' ')];
  const path = source!.replace(/^\/opsloop\//, '');
  cpSync(join(from!, path), target!.endsWith('/') ? join(image, target!, path.split('/').at(-1)!) : join(image, target!), { recursive: true, verbatimSymlinks: true });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

beforeAll(async () => {
  copyContext();
  for (const { name, rest } of build.instructions) if (name === 'RUN') await run('sh', ['-ec', rest], { cwd: built, env: { PATH, HOME }, maxBuffer: 1 << 26 });
  mkdirSync(image);
  for (const { name, rest } of final.instructions) if (name === 'COPY') copyInto(rest);
  mkdirSync(dataDir);
  for (const folder of [dir.path, image]) chmodSync(folder, 0o755);
  chmodSync(dataDir, 0o777);
}, 1_200_000);
afterAll(() => dir.remove());

test('the image holds what runs, and neither sources nor tests nor tools', () => {
  expect(readdirSync(image).toSorted()).toEqual(['check-ready.mjs', 'cli', 'libs', 'node_modules', 'package.json', 'services']);
  const files = ['cli', 'libs', 'services'].flatMap((room) => readdirSync(join(image, room), { recursive: true, encoding: 'utf8' }).map((file) => join(room, file))).filter((file) => !file.includes('node_modules'));
  expect(files.filter((file) => /(^|\/)src(\/|$)|\.test\.|\.d\.ts$|\.map$|tsconfig/.test(file))).toEqual([]);
  expect(files).toContain('services/console/dist/page/index.html');
  const packages = readdirSync(join(image, 'node_modules'));
  expect(packages.filter((name) => ['typescript', 'jest', 'vite', 'nx', 'oxlint', 'testcontainers', 'smtp-server'].includes(name))).toEqual([]);
});

test('all-in-one becomes ready, by the health check of the image, and ends when it is told to', async () => {
  const port = String(await freePort());
  const env = { PATH, OPSLOOP_HTTP_PORT: port, OPSLOOP_DATA_DIR: dataDir, OPSLOOP_DEMO: 'off' };
  const server = spawn(process.execPath, ['services/all-in-one/dist/main.js'], { cwd: image, env, stdio: 'ignore', ...somebody });
  const ended = new Promise<number | null>((done) => server.once('exit', done));
  const check = (): Promise<boolean> => run(process.execPath, ['check-ready.mjs'], { cwd: image, env, ...somebody }).then(() => true, () => false);
  expect(await check()).toBe(false);
  while (!(await check())) expect(server.exitCode).toBeNull();
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toContain('<div id="root">');
  server.kill('SIGTERM');
  expect(await ended).toBe(0);
}, 120_000);

test.each(loneServices)('%s finds all that it imports, and tells what it needs', async (service) => {
  const env = { PATH, OPSLOOP_DATA_DIR: dataDir, OPSLOOP_DOCUMENTS: 'mongodb' };
  const told = await run(process.execPath, [`services/${service}/dist/main.js`], { cwd: image, env, ...somebody }).then(() => 'it started', (error: { readonly stderr: string }) => error.stderr);
  expect(told).toMatch(/^[a-z-]+( cannot start)?: OPSLOOP_[A-Z_]+[^\n]*\n$/);
}, 60_000);
