/** POST /api/v2/write and /write: 204 once everything is on the bus. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { topics, type Principal } from '@opsloop/contracts';
import { EngineError } from '@opsloop/ports';
import { publishInSlices, type ServiceContext } from '@opsloop/runtime';
import { answerFailure, type Failure } from './answer.js';
import { overload, type BodyReader } from './body-reader.js';
import { checkSender, type Authenticate } from './check-sender.js';
import type { IntakeMetrics } from './intake-metrics.js';
import type { LineReader } from './read-lines.js';
import type { Route } from './route.js';

export interface WriteDeps {
  readonly context: ServiceContext;
  readonly authenticate: Authenticate;
  readonly readLines: LineReader;
  readonly bodies: BodyReader;
  readonly metrics: IntakeMetrics;
}

type WriteRoute = Extract<Route, { kind: 'write' }>;

const retryAfterS = 5;

export function createWriteHandler({ context, authenticate, readLines, bodies, metrics }: WriteDeps): (request: IncomingMessage, response: ServerResponse, route: WriteRoute) => Promise<void> {
  const { bus, clock, reach } = context;

  async function take(request: IncomingMessage, route: WriteRoute): Promise<Failure | 'taken' | 'gone'> {
    if (request.method !== 'POST') return { code: 'method not allowed', message: 'only POST is answered here', close: true };
    const principal = await checkSender(authenticate, request, route.api, route.query);
    if ('code' in principal) return principal;
    if (!route.precision) return { code: 'invalid', message: `invalid precision ${JSON.stringify(route.query.get('precision')?.slice(0, 20))}: use ${route.api === 'v2' ? 'ns, us, ms or s' : 'n, u, ms, s, m or h'}`, close: true };
    if (bus.isFull()) return { code: 'too many requests', message: 'the log is full (OPSLOOP_BUS_MAX_BYTES): send it again', retryAfterS, close: true };
    const place = bodies.enter();
    if (!place) return overload;
    try {
      const body = await bodies.read(request, place);
      return body instanceof Uint8Array ? await store(body, principal, route.precision) : body;
    } finally {
      bodies.leave(place);
    }
  }

  async function store(body: Buffer, principal: Principal, precision: NonNullable<WriteRoute['precision']>): Promise<Failure | 'taken'> {
    const { records, problem } = await readLines({ principal, body, precision, arrivalMs: clock.now() });
    if (records.length > 0) {
      reach('collector.before-publish');
      await publishInSlices(records, (slice) => bus.publish(topics.raw.name, slice));
      reach('collector.after-publish');
    }
    return problem === undefined ? 'taken' : { code: 'invalid', message: problem };
  }

  return async (request, response, route) => {
    const startMs = clock.monotonic();
    let result: Failure | 'taken' | 'gone';
    try {
      result = await take(request, route);
    } catch (error) {
      const retryable = error instanceof EngineError && error.retryable;
      if (!retryable) context.logger.error({ err: error }, 'a write failed');
      result = { code: retryable ? 'unavailable' : 'internal error', message: 'it could not be stored: send it again', retryAfterS };
    }
    metrics.answered(result, clock.monotonic() - startMs);
    if (result === 'taken') response.writeHead(204).end();
    else if (result !== 'gone') answerFailure(response, route.api, result);
  };
}
