import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDir } from './cache-dir.js';

const run = promisify(execFile);
const version = 'v1.39.3';
const parts = [
  'inputs.cpu', 'inputs.mem', 'inputs.disk', 'inputs.diskio', 'inputs.net', 'inputs.system', 'inputs.swap', 'inputs.processes', 'inputs.file', 'inputs.exec',
  'outputs.influxdb_v2', 'outputs.influxdb', 'outputs.kafka', 'outputs.file', 'parsers.influx', 'serializers.influx',
];

/**
 * Path of a Telegraf with the parts that tests use, built from its published Go module on first use and kept.
 * A reason, where it cannot be had.
 */
export async function installTelegraf(environment: Readonly<Record<string, string | undefined>>): Promise<{ readonly path: string } | { readonly reason: string }> {
  const folder = cacheDir(`telegraf-${version}`, environment);
  const path = join(folder, 'telegraf');
  if (existsSync(path)) return { path };
  const hasGo = await run('go', ['version']).then(() => true, () => false);
  if (!hasGo) return { reason: 'Telegraf is built with Go, and there is no Go on this machine' };
  try {
    await run('go', ['install', '-tags', ['custom', ...parts].join(','), `github.com/influxdata/telegraf/cmd/telegraf@${version}`], { env: { ...environment, CGO_ENABLED: '0', GOBIN: folder }, maxBuffer: 1 << 26 });
    return { path };
  } catch (error) {
    return { reason: `Telegraf cannot be built here: ${String(error).slice(0, 500)}` };
  }
}
