/** POST /api/v2/write and /write: 204 once everything is on the bus. */
import { setImmediate } from 'node:timers/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { topics, type Principal } from '@opsloop/contracts';
import { EngineError } from '@opsloop/ports';
import type { ServiceContext } from '@opsloop/runtime';
import type { LineScan } from '@opsloop/wire';
import { answerFailure, type Failure } from './answer.js';
import { overload, type BodyReader } from './body-reader.js';
import { checkSender, type Authenticate } from './check-sender.js';
import type { Intake, OpenRequest } from './intake.js';
import type { IntakeMetrics } from './intake-metrics.js';
import type { Route } from './route.js';

export interface WriteDeps {
  readonly context: ServiceContext;
  readonly authenticate: Authenticate;
  readonly intake: Intake;
  readonly bodies: BodyReader;
  readonly metrics: IntakeMetrics;
}

type WriteRoute = Extract<Route, { kind: 'write' }>;

/** Bodies up to this size are scanned in one go and share one buffer; larger ones let others run in between. */
const sliceBytes = 32 * 1024;
const shared = Buffer.alloc(sliceBytes + 1);
const retryAfterS = 5;

export function createWriteHandler({ context, authenticate, intake, bodies, metrics }: WriteDeps): (request: IncomingMessage, response: ServerResponse, route: WriteRoute) => Promise<void> {
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
    const isSmall = body.length <= sliceBytes;
    const bytes = isSmall ? shared : Buffer.allocUnsafeSlow(body.length + 1);
    bytes.set(body);
    const open = intake.begin({ principal, bytes, end: body.length, precision, arrivalMs: clock.now() });
    intake.read(open, sliceBytes, clock.monotonic());
    if (!open.scan.done) await readOn(open);
    const records = intake.close(open);
    metrics.scanned(open.scan, body.length);
    if (records.length > 0) {
      reach('collector.before-publish');
      await bus.publish(topics.raw.name, records);
      reach('collector.after-publish');
    }
    return open.scan.problems.length > 0 ? { code: 'invalid', message: tellProblems(open.scan, records.length > 0) } : 'taken';
  }

  async function readOn(open: OpenRequest): Promise<void> {
    while (!open.scan.done) {
      await setImmediate();
      intake.read(open, sliceBytes, clock.monotonic());
    }
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

/** Agents look for `partial write` and `unable to parse`, and do not send such a body again. */
function tellProblems({ lines, problems, refusedLines }: LineScan<never> | OpenRequest['scan'], stored: boolean): string {
  const head = stored ? `partial write: unable to parse or store ${refusedLines} of ${lines} lines; the rest is stored` : `unable to parse or store ${refusedLines} of ${lines} lines; nothing is stored`;
  const listed = problems.map(({ line, message }) => `line ${line}: ${message}`);
  return [head, ...listed, ...(refusedLines > problems.length ? [`and ${refusedLines - problems.length} more`] : [])].join('; ');
}
