import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { endWithParent } from './end-with-parent.js';
import { freezeProcess } from './freeze-process.js';

export interface ServiceProcessOptions {
  /** Folder in services/. */
  readonly service: string;
  /** OPSLOOP_INSTANCE. */
  readonly instance: string;
  /** Of its HTTP server; undefined for one that has none. */
  readonly port: number | undefined;
  readonly settings: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly logFile: string;
  /** A process group of its own: Ctrl-C in the terminal does not reach it. */
  readonly detached?: boolean;
}

/** One service of this checkout as a process that can be killed, frozen and started again. */
export interface ServiceProcess {
  readonly service: string;
  readonly instance: string;
  readonly url: string | undefined;
  readonly logFile: string;
  /** Undefined while it does not run. */
  pid(): number | undefined;
  /** Resolves when it is ready: its engines answer. Rejects with what it said last. `more` settings hold for this start alone. */
  start(more?: Readonly<Record<string, string>>): Promise<void>;
  /** SIGTERM: it drains. */
  stop(): Promise<void>;
  /** kill -9 */
  kill(): Promise<void>;
  /** SIGSTOP: it keeps its connections and does nothing. */
  freeze(): Promise<void>;
  thaw(): void;
  /** Resolves when the process that runs now has ended, with its code or signal. */
  ended(): Promise<number | NodeJS.Signals>;
}

const readyWithinMs = 180_000;
const stopWithinMs = 25_000;

export function createServiceProcess({ service, instance, port, settings, environment, logFile, detached = false }: ServiceProcessOptions): ServiceProcess {
  const main = fileURLToPath(new URL(`../../../services/${service}/dist/main.js`, import.meta.url));
  const url = port === undefined ? undefined : `http://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;

  function isRunning(): boolean {
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  async function ended(): Promise<number | NodeJS.Signals> {
    if (child && isRunning()) await once(child, 'exit');
    return child?.signalCode ?? child?.exitCode ?? 0;
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (!child || !isRunning()) return;
    const overdue = setTimeout(() => child?.kill('SIGKILL'), stopWithinMs);
    // A frozen process takes no other signal.
    child.kill('SIGCONT');
    child.kill(signal);
    await ended();
    clearTimeout(overdue);
  }

  return {
    service, instance, url, logFile, ended,
    pid: () => (isRunning() ? child?.pid : undefined),
    async start(more = {}) {
      if (isRunning()) return;
      const log = openSync(logFile, 'a');
      const { PATH, HOME } = environment;
      child = spawn(process.execPath, [main], { env: { PATH, HOME, ...settings, OPSLOOP_INSTANCE: instance, ...(port === undefined ? {} : { OPSLOOP_HTTP_PORT: String(port) }), ...more }, stdio: ['ignore', log, log], detached });
      closeSync(log);
      endWithParent(child);
      const endMs = performance.now() + readyWithinMs;
      while (url !== undefined && !(await isReady(url))) {
        if (!isRunning() || performance.now() > endMs) {
          await end('SIGKILL');
          throw new Error(`${instance} did not start: ${readFileSync(logFile, 'utf8').trimEnd().slice(-500)} (${logFile})`);
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    freeze: () => freezeProcess(child),
    thaw: () => void child?.kill('SIGCONT'),
  };
}

function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) }).then((answer) => answer.ok, () => false);
}
