import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { endWithParent } from './end-with-parent.js';
import { freezeProcess } from './freeze-process.js';
import { findFreePorts } from './find-free-ports.js';
import type { MongoServerProgram } from './install-mongo-server.js';

export interface MongoServerOptions {
  readonly program: MongoServerProgram;
  /** Made when it is not there; what lies in it is served. */
  readonly dataDir: string;
  /** Left out: a free one. */
  readonly port?: number;
  /** A process group of its own: Ctrl-C in the terminal does not reach it. */
  readonly detached?: boolean;
}

export interface MongoServer {
  readonly url: string;
  readonly port: number;
  /** Of the process that runs now. */
  pid(): number | undefined;
  /** kill -9. */
  kill(): Promise<void>;
  /** Again on the same port and data; resolves when it listens. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** SIGSTOP: it keeps its connections and answers nothing. */
  freeze(): Promise<void>;
  thaw(): void | Promise<void>;
  /** Moves the server's clock, ms. */
  skip(ms: number): Promise<void>;
}

const startWithinMs = 60_000;

/** Starts the server; resolves when it listens. What it answered survives `kill`. It ends with this process. */
export async function startMongoServer({ program, dataDir, port: wanted, detached = false }: MongoServerOptions): Promise<MongoServer> {
  const port = wanted ?? (await findFreePorts(1))[0]!;
  await mkdir(dataDir, { recursive: true });
  let child: ChildProcessWithoutNullStreams | undefined;
  let skippedMs = 0;

  async function start(): Promise<void> {
    const started = spawn('java', ['-Xmx384m', '-XX:+UseSerialGC', '-cp', program.classPath, program.mainClass, '127.0.0.1', String(port), join(dataDir, 'documents.mv')], { detached });
    child = started;
    endWithParent(started);
    await said(started, 'listening');
    if (skippedMs > 0) await tell(started, skippedMs);
  }

  async function tell(to: ChildProcessWithoutNullStreams, ms: number): Promise<void> {
    const done = said(to, 'skipped');
    to.stdin.write(`skip ${ms}\n`);
    await done;
  }

  async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const ending = child;
    child = undefined;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = new Promise((resolve) => ending.once('exit', resolve));
    // A frozen process takes no other signal.
    ending.kill('SIGCONT');
    ending.kill(signal);
    await ended;
  }

  await start();
  return {
    url: `mongodb://127.0.0.1:${port}/opsloop`,
    port,
    pid: () => child?.pid,
    kill: () => end('SIGKILL'),
    start,
    stop: () => end('SIGTERM'),
    freeze: () => freezeProcess(child),
    thaw: () => void child?.kill('SIGCONT'),
    async skip(ms) {
      skippedMs += ms;
      if (child) await tell(child, ms);
    },
  };
}

/** Waits for a line on standard output; rejects with what was said on standard error when the process ends before. */
function said(child: ChildProcessWithoutNullStreams, line: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let errors = '';
    const lines = createInterface({ input: child.stdout });
    const late = setTimeout(() => child.kill('SIGKILL'), startWithinMs);
    const noteError = (chunk: Buffer) => void (errors = `${errors}${chunk.toString()}`.slice(-2_000));
    const failed = () => done(() => reject(new Error(`the document server ended: ${errors}`)));
    const done = (settle: () => void) => {
      clearTimeout(late);
      lines.close();
      child.stderr.off('data', noteError);
      child.off('exit', failed);
      // Read on, so that the process never waits for us.
      child.stdout.resume();
      child.stderr.resume();
      settle();
    };
    lines.on('line', (one) => one === line && done(resolve));
    child.stderr.on('data', noteError);
    child.once('exit', failed);
  });
}
