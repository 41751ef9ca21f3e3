import { parentPort, workerData } from 'node:worker_threads';
import { failureOf, toEngineError } from '../sqlite/to-engine-error.js';
import { openedCall, type Call, type CutOff, type Failure } from './messages.js';

export interface WorkerService<Request> {
  /** What the main thread needs to know first. */
  readonly opened: unknown;
  /** Answers synchronously: a worker does one thing after the other. */
  handle(request: Request): unknown;
  close(): void;
}

/**
 * Runs a service inside this worker thread. A request that fails is answered with its failure; a connection that
 * cannot be trusted any more ends the thread, and the main thread starts a new one.
 */
export function serveWorker<Request>(what: string, open: () => WorkerService<Request>): void {
  const port = parentPort;
  if (!port) throw new Error(`${what} runs in a worker thread only`);
  const { cutOff } = workerData as CutOff;
  let service: WorkerService<Request>;
  try {
    service = open();
  } catch (error) {
    port.postMessage({ call: openedCall, failure: describe(what, error) });
    return;
  }
  port.on('message', (message: Call<Request> | 'close') => {
    if (message === 'close' || Atomics.load(cutOff, 0) === 1) {
      service.close();
      port.close();
      return;
    }
    try {
      port.postMessage({ call: message.call, reply: service.handle(message.request) });
    } catch (error) {
      port.postMessage({ call: message.call, failure: describe(what, error) });
      if (failureOf(error) === 'broken') throw error;
    }
  });
  port.postMessage({ call: openedCall, reply: service.opened });
}

function describe(what: string, error: unknown): Failure {
  const { message, retryable } = toEngineError(what, error);
  return { message, retryable };
}
