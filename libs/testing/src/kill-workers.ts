import { Worker } from 'node:worker_threads';

/**
 * Until the function that it answers is called, a worker thread dies at each message that is due: in turn before it
 * takes the message up and after it has done the work, with its answer lost. Never in the middle: native code in which
 * a thread is ended may end the whole process.
 */
export function killWorkers(isDue: (message: unknown) => boolean, first: 'before' | 'after' = 'before'): () => void {
  const { postMessage, emit } = Worker.prototype;
  const dying = new WeakSet<Worker>();
  let deaths = first === 'before' ? 0 : 1;

  Worker.prototype.postMessage = function (this: Worker, message: unknown, ...rest: []) {
    const before = isDue(message) && deaths++ % 2 === 0;
    const after = isDue(message) && !before;
    // Nothing that a service expects: it throws.
    if (before) postMessage.call(this, null);
    if (after) dying.add(this);
    postMessage.call(this, message, ...rest);
    if (after) postMessage.call(this, null);
  };
  Worker.prototype.emit = function (this: Worker, event: string | symbol, ...values: unknown[]) {
    return event === 'message' && dying.has(this) ? false : (emit as (...all: unknown[]) => boolean).call(this, event, ...values);
  } as typeof emit;

  return () => Object.assign(Worker.prototype, { postMessage, emit });
}
