/** The Dockerfile by a published linter, and by what it says of files of this project. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import dockerignore from '@balena/dockerignore';
import { validate } from 'dockerfile-utils';
import { root, serviceOf } from './deploy-files.js';
import { readDockerfile } from './read-dockerfile.js';

interface LockedPackage {
  readonly resolved?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const text = readFileSync(join(root, 'Dockerfile'), 'utf8');
const stages = readDockerfile(text);
const final = stages.at(-1)!;
const context = dockerignore.default().add(readFileSync(join(root, '.dockerignore'), 'utf8'));

test('the linter finds nothing', () => {
  expect(validate(text).map(({ message, range }) => `${range.start.line + 1}: ${message}`)).toEqual([]);
  expect(validate(text.replace('HEALTHCHECK --interval=10s', 'HEALTHCHECK --intervall=10s'))).not.toEqual([]);
});

test('what is built is not what runs: the last stage has no sources of the build but what is copied, and runs as a number that is not root', () => {
  expect(stages.map(({ name }) => name)).toEqual(['build', undefined]);
  const copies = final.instructions.filter(({ name }) => name === 'COPY').map(({ rest }) => rest);
  expect(copies.filter((one) => !one.startsWith('--from=build '))).toEqual(['deploy/image/check-ready.mjs ./']);
  expect(final.instructions.find(({ name }) => name === 'USER')?.rest).toBe('1000:1000');
  expect(serviceOf(JSON.parse(final.instructions.find(({ name }) => name === 'CMD')!.rest) as string[])).toBe('all-in-one');
});

test('the lock names all that any package asks for, for every platform, and no place to fetch it from: npm ci takes it', () => {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { readonly packages: Readonly<Record<string, LockedPackage>> };
  const foldersAbove = (path: string): string[] => [...path.split('/').map((_, depth, parts) => `${parts.slice(0, parts.length - depth).join('/')}/`), ''];
  const missing = Object.entries(packages).flatMap(([path, { dependencies, optionalDependencies }]) => {
    const names = Object.keys({ ...dependencies, ...optionalDependencies });
    return names.filter((name) => !foldersAbove(path).some((folder) => packages[`${folder}node_modules/${name}`])).map((name) => `${path} asks for ${name}`);
  });
  expect(missing).toEqual([]);
  expect(Object.entries(packages).filter(([, { resolved = '' }]) => resolved.includes('://')).map(([path]) => path)).toEqual([]);
});

test('the build sees what it needs, and no secret, no data, nothing that was built here', () => {
  for (const path of ['package.json', 'package-lock.json', 'tsconfig.json', 'services/api/src/main.ts', 'services/console/index.html', 'deploy/image/check-ready.mjs', 'deploy/native/package.json']) {
    expect({ path, isThere: existsSync(join(root, path)), isSent: !context.ignores(path) }).toEqual({ path, isThere: true, isSent: true });
  }
  for (const path of ['.git/HEAD', 'node_modules/zod/package.json', 'services/api/node_modules/x', 'services/api/dist/main.js', 'secrets/admin_token', 'data/ingest-token', 'docs/operating.md']) expect({ path, isSent: !context.ignores(path) }).toEqual({ path, isSent: false });
});
