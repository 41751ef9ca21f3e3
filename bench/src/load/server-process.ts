import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../../services/all-in-one/dist/main.js', import.meta.url));
const ticksPerSecond = 100;

export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  readonly adminToken: string;
  readonly ingestToken: string;
  readonly dataDir: string;
  /** CPU seconds of the whole process so far, all threads, user and system. */
  cpuSeconds(): number;
  rssBytes(): number;
  stop(): Promise<void>;
}

/** An all-in-one of its own on a free port and a fresh folder, without host agent and demo. */
export async function startServer(settings: Readonly<Record<string, string>> = {}): Promise<ServerProcess> {
  const dataDir = mkdtempSync(join(tmpdir(), 'opsloop-bench-'));
  const adminToken = 'bench-admin-token-0000';
  const ingestToken = 'bench-ingest-token-000';
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env['PATH'], OPSLOOP_HTTP_PORT: '0', OPSLOOP_DATA_DIR: dataDir, OPSLOOP_HOST_AGENT: 'off', OPSLOOP_DEMO: 'off', OPSLOOP_LOG_LEVEL: 'warn', OPSLOOP_ADMIN_TOKEN: adminToken, OPSLOOP_INGEST_TOKEN: ingestToken, ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await announced(child);
  return {
    url,
    pid: child.pid!,
    adminToken,
    ingestToken,
    dataDir,
    cpuSeconds() {
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
      return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
    },
    rssBytes: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) * 1024,
    async stop() {
      if (child.exitCode === null) {
        const exited = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGTERM');
        await exited;
      }
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function announced(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout!.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const match = /ready at (http:\S+)/.exec(text);
      if (match) resolve(match[1]!);
    });
    child.once('exit', (code) => reject(new Error(`the server ended with ${code} before it was ready`)));
  });
}
