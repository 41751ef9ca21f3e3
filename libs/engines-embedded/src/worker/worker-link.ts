import { Worker } from 'node:worker_threads';
import { EngineError } from '@opsloop/ports';
import { openedCall, type Answer, type CutOff } from './messages.js';

export interface WorkerLinkOptions<Opened> {
  /** Names the engine in errors. */
  readonly name: string;
  readonly script: URL;
  /** The worker gets it with a `CutOff` added. */
  readonly workerData: object;
  /** Called at the start and after each restart. */
  onOpened(opened: Opened): void;
  /** Called when the worker has died, and when a restart has failed. */
  onDied(error: EngineError): void;
}

/** A worker thread and the requests to it. A worker that dies fails what was under way and is started again. */
export interface WorkerLink<Request> {
  start(): Promise<void>;
  isOpen(): boolean;
  /** Rejects with a retryable EngineError when the worker is down, and with the worker's own otherwise. */
  request<Reply>(request: Request, transfer?: ArrayBuffer[]): Promise<Reply>;
  /** Lets the worker finish what it was sent, closes its file and ends it; after `deadlineMs` it takes up nothing more, and a second later its thread is ended. */
  stop(deadlineMs: number): Promise<void>;
}

interface Waiting {
  resolve(reply: unknown): void;
  reject(error: EngineError): void;
}

const firstRestartMs = 100;
const mostRestartMs = 5_000;
const leastCloseMs = 50;
/** Native code in which a thread is ended may end the process: it gets this long to come back. */
const comeBackMs = 1_000;

export function createWorkerLink<Request, Opened>(options: WorkerLinkOptions<Opened>): WorkerLink<Request> {
  return new RestartingLink<Request, Opened>(options);
}

class RestartingLink<Request, Opened> implements WorkerLink<Request> {
  readonly #options: WorkerLinkOptions<Opened>;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #cutOff = newCutOff();
  #open = false;
  #stopping = false;
  #restartMs = firstRestartMs;
  #restart: NodeJS.Timeout | undefined;
  #calls = openedCall;

  constructor(options: WorkerLinkOptions<Opened>) {
    this.#options = options;
  }

  async start(): Promise<void> {
    if (this.#worker) return;
    this.#stopping = false;
    await this.#launch();
  }

  isOpen(): boolean {
    return this.#open;
  }

  request<Reply>(request: Request, transfer: ArrayBuffer[] = []): Promise<Reply> {
    if (!this.#open || !this.#worker) return Promise.reject(this.#down(this.#stopping ? 'is stopped' : 'is not running'));
    const call = ++this.#calls;
    this.#worker.postMessage({ call, request }, transfer);
    return new Promise<Reply>((resolve, reject) => this.#waiting.set(call, { resolve: resolve as (reply: unknown) => void, reject }));
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#restart);
    const ending = this.#worker;
    if (!ending) return;
    const ended = new Promise<void>((resolve) => ending.once('exit', () => resolve()));
    ending.postMessage('close');
    const finishMs = Math.max(deadlineMs, leastCloseMs);
    const timers = [setTimeout(() => Atomics.store(this.#cutOff, 0, 1), finishMs), setTimeout(() => void ending.terminate(), finishMs + comeBackMs)];
    await ended;
    for (const timer of timers) clearTimeout(timer);
    this.#open = false;
  }

  #launch(): Promise<void> {
    const { name, script, workerData, onOpened } = this.#options;
    this.#cutOff = newCutOff();
    const started = new Worker(script, { workerData: { ...workerData, cutOff: this.#cutOff } satisfies CutOff, name });
    this.#worker = started;
    let cause: unknown;
    let failure: EngineError | undefined;
    return new Promise((resolve, reject) => {
      started.on('message', (answer: Answer<unknown>) => {
        if (answer.call !== openedCall) return this.#settle(answer);
        if ('failure' in answer) {
          failure = new EngineError(answer.failure.message, answer.failure);
          return void started.terminate();
        }
        this.#open = true;
        this.#restartMs = firstRestartMs;
        onOpened(answer.reply as Opened);
        resolve();
      });
      started.on('error', (error) => (cause = error));
      started.on('exit', () => {
        this.#worker = undefined;
        const error = failure ?? this.#down(this.#stopping ? 'is stopped' : 'its worker thread has died', cause);
        reject(error);
        if (this.#open) this.#died(error);
      });
    });
  }

  #settle(answer: Answer<unknown>): void {
    const call = this.#waiting.get(answer.call);
    this.#waiting.delete(answer.call);
    if ('failure' in answer) call?.reject(new EngineError(answer.failure.message, answer.failure));
    else call?.resolve(answer.reply);
  }

  #died(error: EngineError): void {
    this.#open = false;
    const failed = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const one of failed) one.reject(error);
    if (this.#stopping) return;
    this.#options.onDied(error);
    this.#scheduleRestart();
  }

  #scheduleRestart(): void {
    this.#restart = setTimeout(() => {
      this.#launch().catch((error: EngineError) => {
        if (this.#stopping) return;
        this.#options.onDied(error);
        this.#scheduleRestart();
      });
    }, this.#restartMs);
    this.#restartMs = Math.min(mostRestartMs, this.#restartMs * 2);
  }

  #down(reason: string, cause?: unknown): EngineError {
    return new EngineError(`${this.#options.name}: ${reason}`, { retryable: true, cause });
  }
}

function newCutOff(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(4));
}
