import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDir } from './cache-dir.js';

const run = promisify(execFile);
const version = 'v2.9.1';
const command = 'github.com/influxdata/influxdb/v2/cmd/influxd';
/** It finds the C library of Flux, which is written in Rust and compiled on the way. */
const pkgConfig = 'github.com/influxdata/pkg-config@v0.3.0';
/** Newer compilers warn of what the sources of Flux forbid; without the cap a warning ends the build. */
const wrapper = '#!/bin/sh\nrustc=$1; shift\nexec "$rustc" "$@" --cap-lints warn\n';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Path of an InfluxDB 2 server, built from its published Go module on first use (some 5 minutes on 2 cores) and kept.
 * A reason, where it cannot be had.
 */
export async function installInfluxd(environment: Environment): Promise<{ readonly path: string } | { readonly reason: string }> {
  const folder = cacheDir(`influxd-${version}`, environment);
  const path = join(folder, 'influxd');
  if (existsSync(path)) return { path };
  for (const tool of ['go', 'rustc', 'cargo']) {
    const hasTool = await run(tool, [tool === 'go' ? 'version' : '--version']).then(() => true, () => false);
    if (!hasTool) return { reason: `InfluxDB is built with Go and Rust, and there is no ${tool} on this machine` };
  }
  try {
    await build(folder, environment);
    return { path };
  } catch (error) {
    return { reason: `InfluxDB cannot be built here: ${String(error).slice(0, 500)}` };
  }
}

async function build(folder: string, environment: Environment): Promise<void> {
  const bin = join(folder, 'bin');
  const work = join(folder, 'build');
  await mkdir(bin, { recursive: true });
  await mkdir(work, { recursive: true });
  await writeFile(join(work, 'go.mod'), 'module influxd.local/build\n\ngo 1.24\n');
  await writeFile(join(bin, 'capped-rustc'), wrapper);
  await chmod(join(bin, 'capped-rustc'), 0o755);
  const toolchain = await activeToolchain(environment);
  const env = {
    ...environment, GOTOOLCHAIN: 'local', CGO_ENABLED: '1', GOFLAGS: '-mod=mod', GOBIN: bin,
    PATH: `${bin}${delimiter}${environment['PATH'] ?? ''}`, PKG_CONFIG: join(bin, 'pkg-config'), RUSTC_WRAPPER: join(bin, 'capped-rustc'),
    ...(toolchain === undefined ? {} : { RUSTUP_TOOLCHAIN: toolchain }),
  };
  const options = { cwd: work, env, maxBuffer: 1 << 26 };
  await run('go', ['install', pkgConfig], options);
  await run('go', ['get', `${command}@${version}`], options);
  await run('go', ['build', '-tags', 'sqlite_foreign_keys,sqlite_json', '-o', join(folder, 'influxd.part'), command], options);
  await rename(join(folder, 'influxd.part'), join(folder, 'influxd'));
}

/** The sources of Flux name a toolchain of their own; the one of the machine is used instead. Undefined without rustup. */
async function activeToolchain(environment: Environment): Promise<string | undefined> {
  const shown = await run('rustup', ['show', 'active-toolchain'], { env: { ...environment } }).catch(() => undefined);
  return shown?.stdout.trim().split(/\s/, 1)[0];
}
