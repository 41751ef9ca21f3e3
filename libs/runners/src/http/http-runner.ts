/** Steps as HTTP requests to the address of the target. */
import type { OutputChunk, Runner, StepCall, StepOutcome } from '@opsloop/ports';
import { boundedOutput } from '../bounded-output.js';
import { failureOf } from './failure-of.js';

export interface HttpRunnerOptions {
  readonly mostOutputBytes?: number;
}

interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly expectStatus?: readonly number[];
}

const mostRedirects = 5;

/**
 * Sends `options` (method, path, headers, body, expectStatus) to `target.address.url`. The attempt's key goes along as
 * Idempotency-Key. Redirects are followed for GET and HEAD, and never to another scheme, host or port. The answer's body
 * becomes output, up to a limit.
 */
export function createHttpRunner({ mostOutputBytes = 2 ** 20 }: HttpRunnerOptions = {}): Runner {
  return {
    name: 'http',
    async run(call, onOutput, signal) {
      if (signal.aborted) return { state: 'cancelled', reason: 'cancelled' };
      const request = call.options as unknown as HttpRequest;
      const url = addressOf(call.target.address.url, request.path);
      if (typeof url === 'string') return { state: 'failed', reason: 'other', detail: url };
      const timeout = AbortSignal.timeout(call.timeoutMs);
      try {
        return await send(request, url, call, onOutput, AbortSignal.any([signal, timeout]), mostOutputBytes);
      } catch (error) {
        if (signal.aborted) return { state: 'cancelled', reason: 'cancelled' };
        if (timeout.aborted) return { state: 'timed-out', reason: 'timed-out', detail: `no whole answer within ${call.timeoutMs} ms` };
        return failureOf(error);
      }
    },
  };
}

/** The answer is a text when there is no usable address. */
function addressOf(base: string | undefined, path: string): URL | string {
  if (base === undefined) return 'the target has no address.url';
  if (!URL.canParse(base)) return `the target's address.url, ${base}, is not an address`;
  const url = new URL(base);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return `the target's address.url must begin with http:// or https://, not ${url.protocol}`;
  if (url.username !== '' || url.password !== '') return "the target's address.url holds a user or a password, which would be shown to everybody";
  return new URL(`${url.origin}${url.pathname.replace(/\/$/, '')}${path}`);
}

async function send(request: HttpRequest, first: URL, call: StepCall, onOutput: (chunk: OutputChunk) => void, signal: AbortSignal, mostOutputBytes: number): Promise<StepOutcome> {
  const { method, headers, body, expectStatus } = request;
  const output = boundedOutput(onOutput, mostOutputBytes);
  const say = (text: string): void => output.write('stdout', Buffer.from(text));
  let url = first;
  for (let redirects = 0; ; redirects += 1) {
    const response = await fetch(url, { method, headers: { 'idempotency-key': call.idempotencyKey, ...headers }, ...(body !== undefined && { body }), redirect: 'manual', signal });
    say(`${method} ${url.href} -> ${response.status} ${response.statusText}\n`);
    const isExpected = expectStatus ? expectStatus.includes(response.status) : response.ok;
    const next = isExpected ? undefined : redirectOf(response, url, method);
    if (next instanceof URL && redirects < mostRedirects) {
      await response.body?.cancel();
      url = next;
      continue;
    }
    await readBody(response, output.write);
    output.end();
    return isExpected ? { state: 'ok' } : refused(response.status, expectStatus, typeof next === 'string' ? next : undefined);
  }
}

/** Where to go on; a text says why it goes no further. */
function redirectOf(response: Response, from: URL, method: string): URL | string | undefined {
  const location = response.headers.get('location');
  if (location === null || response.status < 300 || response.status > 399) return undefined;
  if (method !== 'GET' && method !== 'HEAD') return `a redirect of ${method} is not followed`;
  if (!URL.canParse(location, from.href)) return `it redirects to ${location}, which is not an address`;
  const to = new URL(location, from);
  return to.origin === from.origin ? to : `it redirects to ${to.origin}, and other hosts are not followed`;
}

async function readBody(response: Response, write: (stream: 'stdout', bytes: Uint8Array) => void): Promise<void> {
  if (!response.body) return;
  for await (const bytes of response.body) write('stdout', bytes);
}

function refused(status: number, expected: readonly number[] | undefined, why: string | undefined): StepOutcome {
  const wanted = expected ? expected.join(', ') : '200 to 299';
  const reason = status === 401 || status === 403 ? 'authentication' : 'http-status';
  return { state: 'failed', reason, detail: `answered ${status}, expected ${wanted}${why ? `: ${why}` : ''}` };
}
