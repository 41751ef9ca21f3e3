import { Worker } from 'node:worker_threads';
import { EngineError } from '@opsloop/ports';
import { openedCall, type Answer } from './messages.js';

export interface WorkerLinkOptions<Opened> {
  /** Names the engine in errors. */
  readonly name: string;
  readonly script: URL;
  readonly workerData: unknown;
  /** Called at the start and after each restart. */
  onOpened(opened: Opened): void;
  /** Called once when the worker has died, before the restart. */
  onDied(error: EngineError): void;
}

/** A worker thread and the requests to it. A worker that dies fails what was under way and is started again. */
export interface WorkerLink<Request> {
  start(): Promise<void>;
  isOpen(): boolean;
  /** Rejects with a retryable EngineError when the worker is down, and with the worker's own otherwise. */
  request<Reply>(request: Request, transfer?: ArrayBuffer[]): Promise<Reply>;
  /** Lets the worker finish what it was sent, closes its file and ends it; after `deadlineMs` it is cut off. */
  stop(deadlineMs: number): Promise<void>;
}

interface Waiting {
  resolve(reply: unknown): void;
  reject(error: EngineError): void;
}

const firstRestartMs = 100;
const mostRestartMs = 5_000;

export function createWorkerLink<Request, Opened>({ name, script, workerData, onOpened, onDied }: WorkerLinkOptions<Opened>): WorkerLink<Request> {
  let worker: Worker | undefined;
  let open = false;
  let stopping = false;
  let restartMs = firstRestartMs;
  let restart: NodeJS.Timeout | undefined;
  let calls = openedCall;
  const waiting = new Map<number, Waiting>();

  function down(reason: string, cause?: unknown): EngineError {
    return new EngineError(`${name}: ${reason}`, { retryable: true, cause });
  }

  function launch(): Promise<void> {
    const started = new Worker(script, { workerData, name });
    worker = started;
    let cause: unknown;
    return new Promise((resolve, reject) => {
      started.on('message', (answer: Answer<unknown>) => {
        if (answer.call !== openedCall) return settle(answer);
        if ('failure' in answer) {
          void started.terminate();
          return reject(new EngineError(answer.failure.message, answer.failure));
        }
        open = true;
        restartMs = firstRestartMs;
        onOpened(answer.reply as Opened);
        resolve();
      });
      started.on('error', (error) => (cause = error));
      started.on('exit', () => {
        if (worker !== started) return;
        worker = undefined;
        const error = down(stopping ? 'is stopped' : 'its worker thread has died', cause);
        reject(error);
        if (open) died(error);
      });
    });
  }

  function settle(answer: Answer<unknown>): void {
    const call = waiting.get(answer.call);
    waiting.delete(answer.call);
    if ('failure' in answer) call?.reject(new EngineError(answer.failure.message, answer.failure));
    else call?.resolve(answer.reply);
  }

  function died(error: EngineError): void {
    open = false;
    const failed = [...waiting.values()];
    waiting.clear();
    for (const one of failed) one.reject(error);
    if (stopping) return;
    onDied(error);
    scheduleRestart();
  }

  function scheduleRestart(): void {
    restart = setTimeout(() => {
      launch().catch(() => {
        if (!stopping) scheduleRestart();
      });
    }, restartMs);
    restartMs = Math.min(mostRestartMs, restartMs * 2);
  }

  return {
    async start() {
      if (worker) return;
      stopping = false;
      await launch();
    },
    isOpen: () => open,
    request<Reply>(request: Request, transfer: ArrayBuffer[] = []): Promise<Reply> {
      if (!open || !worker) return Promise.reject(down(stopping ? 'is stopped' : 'is not running'));
      const call = ++calls;
      worker.postMessage({ call, request }, transfer);
      return new Promise<Reply>((resolve, reject) => waiting.set(call, { resolve: resolve as (reply: unknown) => void, reject }));
    },
    async stop(deadlineMs) {
      stopping = true;
      clearTimeout(restart);
      const ending = worker;
      if (!ending) return;
      const ended = new Promise<void>((resolve) => ending.once('exit', () => resolve()));
      if (open) ending.postMessage('close');
      const cutOff = setTimeout(() => void ending.terminate(), open ? Math.max(deadlineMs, 50) : 0);
      await ended;
      clearTimeout(cutOff);
      open = false;
    },
  };
}
