import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const ticksPerSecond = 100;
const startWithinMs = 120_000;

export interface ServerOptions {
  /** A folder of the caller's; left out: a fresh one, removed at the stop. */
  readonly dataDir?: string;
  readonly settings?: Readonly<Record<string, string>>;
  /** Options of Node itself, for example for its profiler. */
  readonly nodeOptions?: readonly string[];
  /** Where its log goes; left out: standard error. */
  readonly log?: number | 'ignore' | 'inherit';
}

export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  readonly adminToken: string;
  readonly ingestToken: string;
  readonly dataDir: string;
  /** The one-time sign-in link. */
  readonly signInUrl: string;
  /** Resolves with the exit code or signal when the process has ended. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** CPU seconds of the whole process so far, all threads, user and system (Linux). */
  cpuSeconds(): number;
  rssBytes(): number;
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** An all-in-one from the build, on a free port, with fixed tokens, without host agent and demo unless the settings say so. */
export async function startServer({ dataDir, settings = {}, nodeOptions = [], log = 'inherit' }: ServerOptions = {}): Promise<ServerProcess> {
  const folder = dataDir ?? mkdtempSync(join(tmpdir(), 'opsloop-server-'));
  const adminToken = 'test-admin-token-0000';
  const ingestToken = 'test-ingest-token-000';
  const child = spawn(process.execPath, [...nodeOptions, ...startArguments()], {
    cwd: root,
    env: {
      PATH: process.env['PATH'], HOME: process.env['HOME'], OPSLOOP_HTTP_PORT: '0', OPSLOOP_DATA_DIR: folder, OPSLOOP_HOST_AGENT: 'off', OPSLOOP_DEMO: 'off', OPSLOOP_LOG_LEVEL: 'warn',
      OPSLOOP_ADMIN_TOKEN: adminToken, OPSLOOP_INGEST_TOKEN: ingestToken, ...settings,
    },
    stdio: ['ignore', 'pipe', log],
  });
  const ended = new Promise<number | NodeJS.Signals>((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code ?? 0)));
  const announcement = await announced(child, ended);
  return {
    url: announcement.url,
    signInUrl: announcement.signInUrl,
    pid: child.pid!,
    adminToken, ingestToken, ended,
    dataDir: folder,
    cpuSeconds() {
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
      return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
    },
    rssBytes: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) * 1024,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
      if (dataDir === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What `npm start` gives to node, after its build. */
function startArguments(): string[] {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: { start: string } };
  return scripts.start.split('&& node ')[1]!.split(' ');
}

/** Reads the start-up lines; rejects when the process ends before them, or takes too long. */
function announced(child: ChildProcess, ended: Promise<number | NodeJS.Signals>): Promise<{ url: string; signInUrl: string }> {
  return new Promise((resolve, reject) => {
    let text = '';
    const late = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`the server was not ready within ${startWithinMs / 1000} s; it said: ${text}`));
    }, startWithinMs);
    child.stdout!.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const url = /ready at (http:\S+)/.exec(text);
      const signInUrl = /(http:\S+\/login\?code=\S+)\n/.exec(text);
      if (!url || !signInUrl) return;
      clearTimeout(late);
      resolve({ url: url[1]!, signInUrl: signInUrl[1]! });
    });
    void ended.then((how) => {
      clearTimeout(late);
      reject(new Error(`the server ended with ${how} before it was ready`));
    });
  });
}
