/** An InfluxDB 2 server on this machine, a process that can be killed, frozen and started again. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endWithParent } from './end-with-parent.js';
import { freezeProcess } from './freeze-process.js';
import { findFreePorts } from './find-free-ports.js';

export interface StartInfluxdOptions {
  /** What `installInfluxd` gave. */
  readonly path: string;
  /** Port, token, log and data; a folder that was used before is taken up again. */
  readonly dataDir: string;
  /** A process group of its own: Ctrl-C in the terminal does not reach it. */
  readonly detached?: boolean;
}

export interface Influxd {
  readonly url: string;
  readonly org: string;
  /** May do everything. */
  readonly token: string;
  readonly logFile: string;
  /** Undefined while it does not run. */
  readonly pid: number | undefined;
  /** Starts it when it does not run; resolves when it answers. */
  start(): Promise<void>;
  /** Orderly: what is only in memory is written. */
  stop(): Promise<void>;
  /** kill -9 */
  kill(): Promise<void>;
  /** SIGSTOP: it keeps its connections and answers nothing. */
  freeze(): Promise<void>;
  thaw(): void | Promise<void>;
}

interface Identity {
  readonly port: number;
  readonly org: string;
  readonly token: string;
}

const startWithinMs = 60_000;
const stopWithinMs = 15_000;

/** Starts a server with one organization and one token, and no bucket that anybody uses. */
export async function startInfluxd({ path, dataDir, detached = false }: StartInfluxdOptions): Promise<Influxd> {
  mkdirSync(dataDir, { recursive: true });
  const identityFile = join(dataDir, 'identity.json');
  const isNew = !existsSync(identityFile);
  const identity = isNew ? { port: (await findFreePorts(1))[0]!, org: 'opsloop', token: randomBytes(24).toString('base64url') } : (JSON.parse(readFileSync(identityFile, 'utf8')) as Identity);
  const url = `http://127.0.0.1:${identity.port}`;
  const logFile = join(dataDir, 'influxd.log');
  let child: ChildProcess | undefined;

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (!child) return;
    const exited = once(child, 'exit');
    const overdue = setTimeout(() => child?.kill('SIGKILL'), stopWithinMs);
    // A frozen process takes no other signal.
    child.kill('SIGCONT');
    child.kill(signal);
    await exited;
    clearTimeout(overdue);
  }

  const server: Influxd = {
    url,
    org: identity.org,
    token: identity.token,
    logFile,
    get pid() {
      return child?.pid;
    },
    async start() {
      if (child) return;
      const log = openSync(logFile, 'a');
      const started = spawn(path, ['--bolt-path', join(dataDir, 'influxd.bolt'), '--engine-path', join(dataDir, 'engine'), '--sqlite-path', join(dataDir, 'influxd.sqlite'), '--http-bind-address', `127.0.0.1:${identity.port}`, '--reporting-disabled', '--log-level', 'warn'], { stdio: ['ignore', log, log], detached });
      closeSync(log);
      child = started;
      endWithParent(started);
      started.once('exit', () => (child = undefined));
      await untilReady(url, () => child === started, logFile);
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    freeze: () => freezeProcess(child),
    thaw: () => void child?.kill('SIGCONT'),
  };
  await server.start();
  if (isNew) {
    await setUp(url, identity);
    writeFileSync(identityFile, JSON.stringify(identity), { mode: 0o600 });
  }
  return server;
}

async function untilReady(url: string, isRunning: () => boolean, logFile: string): Promise<void> {
  const deadlineMs = Date.now() + startWithinMs;
  while (Date.now() < deadlineMs) {
    if (!isRunning()) throw new Error(`influxd ended while it started: see ${logFile}`);
    const isReady = await fetch(`${url}/health`).then((answer) => answer.ok, () => false);
    if (isReady) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`influxd did not answer within ${startWithinMs / 1000} s: see ${logFile}`);
}

async function setUp(url: string, { org, token }: Identity): Promise<void> {
  const answer = await fetch(`${url}/api/v2/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: randomBytes(24).toString('base64url'), org, bucket: 'unused', token }),
  });
  if (!answer.ok) throw new Error(`influxd cannot be set up: ${answer.status} ${await answer.text()}`);
}
