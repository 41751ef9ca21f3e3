/** Worker thread of the metric store: the owner of DuckDB's file. Unlike SQLite it answers while other requests run. */
import { parentPort, workerData } from 'node:worker_threads';
import { EngineError } from '@opsloop/ports';
import { openedCall, type Call, type Failure } from '../worker/messages.js';
import type { MetricReply, MetricRequest, MetricWorkerData } from './metric-messages.js';
import { MetricService } from './metric-service.js';
import { isBroken, toMetricError } from './to-metric-error.js';
import { buffersOf } from './windows/window-columns.js';

const port = parentPort;
if (!port) throw new Error('the metric store runs in a worker thread only');

let service: MetricService | undefined;
let closing = false;

function failureOf(error: unknown): Failure {
  const { message, retryable } = toMetricError(error);
  return { message, retryable };
}

/** What crosses without a copy: the columns of a query, and those of a write on their way back. */
function memoryOf(reply: MetricReply): ArrayBuffer[] {
  if (typeof reply !== 'object') return [];
  return 'rows' in reply ? buffersOf(reply.rows) : reply.map((column) => column.buffer as ArrayBuffer);
}

/** Ends the thread; the main thread starts a new one. Never while DuckDB works: Node would abort the whole process. */
async function end(): Promise<void> {
  const ending = service;
  service = undefined;
  await ending?.close().catch(() => undefined);
  process.exit(1);
}

/** DuckDB closes a file to all use after some errors (a checkpoint on a full disk): it must be opened again. */
function endIfBroken(error: unknown): void {
  if (!(error instanceof EngineError) && isBroken(error)) void end();
}

process.on('uncaughtException', (error) => {
  process.emitWarning(`the metric store's thread ends: ${error.stack ?? error.message}`);
  void end();
});

port.on('message', async (message: Call<MetricRequest> | 'close') => {
  if (message === 'close') {
    closing = true;
    await service?.close();
    port.close();
    return;
  }
  const { call, request } = message;
  try {
    if (!service) throw new EngineError('the metric store is being opened again', { retryable: true });
    const reply = await service.handle(request);
    port.postMessage({ call, reply }, memoryOf(reply));
  } catch (error) {
    port.postMessage({ call, failure: failureOf(error) });
    endIfBroken(error);
  }
});

try {
  const opened = await MetricService.open(workerData as MetricWorkerData, endIfBroken);
  if (closing) {
    await opened.close();
  } else {
    service = opened;
    port.postMessage({ call: openedCall, reply: opened.opened });
  }
} catch (error) {
  port.postMessage({ call: openedCall, failure: failureOf(error) });
}
