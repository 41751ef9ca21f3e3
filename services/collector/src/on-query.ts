/** GET and POST /query: the few InfluxQL statements with which v1 clients begin. Databases need no creating here. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { EngineError } from '@opsloop/ports';
import { answerFailure, answerJson, type Failure } from './answer.js';
import { overload, type BodyReader } from './body-reader.js';
import { checkSender, type Authenticate } from './check-sender.js';

const databases = [['opsloop']];
const policies = [['autogen', '0s', '168h0m0s', 1, true]];

export function createQueryHandler(authenticate: Authenticate, bodies: BodyReader): (request: IncomingMessage, response: ServerResponse, query: URLSearchParams) => Promise<void> {
  async function read(request: IncomingMessage, query: URLSearchParams): Promise<string | Failure | 'gone'> {
    if (request.method !== 'POST' && request.method !== 'GET') return { code: 'method not allowed', message: 'only GET and POST are answered here', close: true };
    const principal = await checkSender(authenticate, request, 'v1', query);
    if ('code' in principal) return principal;
    const form = request.method === 'POST' ? await readForm(request) : new URLSearchParams();
    if (!(form instanceof URLSearchParams)) return form;
    return (query.get('q') ?? form.get('q'))?.trim() || { code: 'invalid', message: 'missing required parameter "q"' };
  }

  async function readForm(request: IncomingMessage): Promise<URLSearchParams | Failure | 'gone'> {
    const place = bodies.enter();
    if (!place) return overload;
    try {
      const body = await bodies.read(request, place);
      return body instanceof Uint8Array ? new URLSearchParams(body.toString()) : body;
    } finally {
      bodies.leave(place);
    }
  }

  return async (request, response, query) => {
    let text: string | Failure | 'gone';
    try {
      text = await read(request, query);
    } catch (error) {
      text = { code: error instanceof EngineError && error.retryable ? 'unavailable' : 'internal error', message: 'try again', retryAfterS: 5 };
    }
    if (text === 'gone') return;
    if (typeof text !== 'string') return answerFailure(response, 'v1', text);
    const statements = text.split(';').map((one) => one.trim()).filter((one) => one !== '');
    answerJson(response, 200, { results: statements.map((statement, id) => ({ statement_id: id, ...run(statement) })) });
  };
}

function run(statement: string): object {
  if (/^(?:create\s+database|(?:create|alter)\s+retention\s+policy)\s/i.test(statement)) return {};
  if (/^show\s+databases$/i.test(statement)) return { series: [{ name: 'databases', columns: ['name'], values: databases }] };
  if (/^show\s+retention\s+policies\b/i.test(statement)) return { series: [{ columns: ['name', 'duration', 'shardGroupDuration', 'replicaN', 'default'], values: policies }] };
  return { error: `not available here: ${statement.slice(0, 80)}; history is read at /api/v1/query` };
}
