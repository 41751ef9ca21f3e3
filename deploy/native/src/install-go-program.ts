import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cacheDir } from './cache-dir.js';

const run = promisify(execFile);
const sources = fileURLToPath(new URL('../go/', import.meta.url));

/** The programs of deploy/native/go. */
export type GoProgram = 'compose-config' | 'check-manifests';

/**
 * Path of a program of this project that is written in Go, because what it asks is a library of that language; built on
 * first use of its sources and kept. A reason, where it cannot be had.
 */
export async function installGoProgram(name: GoProgram, environment: Readonly<Record<string, string | undefined>>): Promise<{ readonly path: string } | { readonly reason: string }> {
  const parent = cacheDir(name, environment);
  const folder = join(parent, await digestOf(join(sources, name)));
  const path = join(folder, name);
  if (existsSync(path)) return { path };
  const hasGo = await run('go', ['version']).then(() => true, () => false);
  if (!hasGo) return { reason: `${name} is built with Go, and there is no Go on this machine` };
  const unfinished = `${folder}.${process.pid}`;
  try {
    await cp(join(sources, name), unfinished, { recursive: true });
    await run('go', ['build', '-o', name, '.'], { cwd: unfinished, env: { ...environment, CGO_ENABLED: '0' }, maxBuffer: 1 << 26 });
    // Another process may have been faster; its build is the same.
    await rename(unfinished, folder).catch(() => rm(unfinished, { recursive: true }));
    return { path };
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    return { reason: `${name} cannot be built here: ${String(error).slice(0, 500)}` };
  }
}

async function digestOf(folder: string): Promise<string> {
  const digest = createHash('sha256');
  for (const file of (await readdir(folder)).toSorted()) digest.update(file).update(await readFile(join(folder, file)));
  return digest.digest('hex').slice(0, 12);
}
