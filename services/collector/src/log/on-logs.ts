/** POST /logs: 200 once every log record is on the bus. JSON array, or one JSON object a line. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { EngineError } from '@opsloop/ports';
import type { ServiceContext } from '@opsloop/runtime';
import { answerFailure, answerJson, type Failure } from '../answer.js';
import { overload, type BodyReader } from '../body-reader.js';
import { checkSender, type Authenticate } from '../check-sender.js';
import { createLogMetrics } from './log-metrics.js';
import { createLogStore } from './store-logs.js';

export interface LogsDeps {
  readonly context: ServiceContext;
  readonly authenticate: Authenticate;
  readonly bodies: BodyReader;
}

type Outcome = Failure | 'gone' | { readonly accepted: number };

const retryAfterS = 5;

export function createLogsHandler({ context, authenticate, bodies }: LogsDeps): (request: IncomingMessage, response: ServerResponse, query: URLSearchParams) => Promise<void> {
  const { bus } = context;
  const metrics = createLogMetrics(context.ownMetrics);
  const store = createLogStore(context, metrics);

  async function take(request: IncomingMessage, query: URLSearchParams): Promise<Outcome> {
    if (request.method !== 'POST') return { code: 'method not allowed', message: 'only POST is answered here', close: true };
    const principal = await checkSender(authenticate, request, 'v1', query);
    if ('code' in principal) return principal;
    if (bus.isFull()) return { code: 'too many requests', message: 'the log is full (OPSLOOP_BUS_MAX_BYTES): send it again', retryAfterS, close: true };
    const place = bodies.enter();
    if (!place) return overload;
    try {
      const body = await bodies.read(request, place);
      return body instanceof Uint8Array ? await store(body, principal) : body;
    } finally {
      bodies.leave(place);
    }
  }

  return async (request, response, query) => {
    let outcome: Outcome;
    try {
      outcome = await take(request, query);
    } catch (error) {
      const retryable = error instanceof EngineError && error.retryable;
      if (!retryable) context.logger.error({ err: error }, 'log records could not be taken');
      outcome = { code: retryable ? 'unavailable' : 'internal error', message: 'it could not be stored: send it again', retryAfterS };
    }
    metrics.answered(outcome);
    if (outcome === 'gone') return;
    if ('accepted' in outcome) answerJson(response, 200, outcome);
    else answerFailure(response, 'v2', outcome);
  };
}
