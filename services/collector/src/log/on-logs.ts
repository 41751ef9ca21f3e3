/** POST /logs: 200 once every log record is on the bus. JSON array, or one JSON object a line. */
import { setImmediate } from 'node:timers/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { topics, type Principal } from '@opsloop/contracts';
import { EngineError } from '@opsloop/ports';
import { publishInSlices, type ServiceContext } from '@opsloop/runtime';
import { answerFailure, answerJson, type Failure } from '../answer.js';
import { overload, type BodyReader } from '../body-reader.js';
import { checkSender, type Authenticate } from '../check-sender.js';
import { LogBatches } from './log-batches.js';
import { createLogMetrics, type LogCounts } from './log-metrics.js';
import { readLogRecord } from './read-log-record.js';
import { splitBody } from './split-body.js';

export interface LogsDeps {
  readonly context: ServiceContext;
  readonly authenticate: Authenticate;
  readonly bodies: BodyReader;
}

type Outcome = Failure | 'gone' | { readonly accepted: number };

/** Others run in between. */
const recordsAtOnce = 200;
const maxToldProblems = 10;
const retryAfterS = 5;

export function createLogsHandler({ context, authenticate, bodies }: LogsDeps): (request: IncomingMessage, response: ServerResponse, query: URLSearchParams) => Promise<void> {
  const { bus, clock, reach, settings } = context;
  const metrics = createLogMetrics(context.ownMetrics);

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

  async function store(body: Buffer, principal: Principal): Promise<Outcome> {
    const arrivalMs = clock.now();
    const batches = new LogBatches(principal, arrivalMs);
    const counts: LogCounts = { accepted: 0, cut: 0, refused: new Map() };
    const problems: string[] = [];
    const { unit, parts } = splitBody(body.toString());
    let seen = 0;
    for (const { number, value, problem } of parts) {
      if (++seen % recordsAtOnce === 0) await setImmediate();
      for (const one of problem === undefined ? recordsIn(value) : [undefined]) {
        const read = problem === undefined ? readLogRecord(one, arrivalMs, settings.RETENTION_RAW) : { reason: 'syntax', message: problem };
        if ('reason' in read) {
          counts.refused.set(read.reason, (counts.refused.get(read.reason) ?? 0) + 1);
          if (problems.length < maxToldProblems) problems.push(`${unit} ${number}: ${read.message}`);
        } else {
          batches.add(read);
          counts.accepted++;
          if (read.isCut) counts.cut++;
        }
      }
    }
    const records = batches.close();
    metrics.read(counts, body.length);
    if (records.length > 0) {
      reach('collector.before-publish-logs');
      await publishInSlices(records, (slice) => bus.publish(topics.logs.name, slice));
      reach('collector.after-publish-logs');
    }
    return problems.length > 0 ? { code: 'invalid', message: tellProblems(counts, problems) } : { accepted: counts.accepted };
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

/** Telegraf wraps what it sends at once: `{"metrics":[...]}`. */
function recordsIn(value: unknown): readonly unknown[] {
  return typeof value === 'object' && value !== null && 'metrics' in value && Array.isArray(value.metrics) ? value.metrics : [value];
}

function tellProblems({ accepted, refused }: LogCounts, problems: readonly string[]): string {
  const count = [...refused.values()].reduce((sum, one) => sum + one, 0);
  const head = `unable to take ${count} of ${count + accepted} log records; ${accepted > 0 ? 'the rest is stored' : 'nothing is stored'}`;
  return [head, ...problems, ...(count > problems.length ? [`and ${count - problems.length} more`] : [])].join('; ');
}
