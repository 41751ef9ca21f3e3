/** Steps as HTTP requests to the address of the target. */
import type { IncomingMessage } from 'node:http';
import type { Runner, StepCall, StepOutcome } from '@opsloop/ports';
import { boundedOutput } from '../bounded-output.js';
import { createAddressGuard, type AddressGuard } from './address-guard.js';
import { failureOf } from './failure-of.js';
import { sendRequest } from './send-request.js';

export interface HttpRunnerOptions {
  readonly mostOutputBytes?: number;
  /** Default: everywhere but link-local and metadata addresses. */
  readonly guard?: AddressGuard;
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
 * Idempotency-Key. Redirects are followed for GET and HEAD, and never to another scheme, host or port; every connection is made to an
 * address that the guard has passed. The answer's body
 * becomes output, up to a limit.
 */
export function createHttpRunner({ mostOutputBytes = 2 ** 20, guard = createAddressGuard() }: HttpRunnerOptions = {}): Runner {
  return {
    name: 'http',
    async run(call, onOutput, signal) {
      if (signal.aborted) return { state: 'cancelled', reason: 'cancelled' };
      const request = call.options as unknown as HttpRequest;
      const url = addressOf(call.target.address.url, request.path);
      if (typeof url === 'string') return { state: 'failed', reason: 'other', detail: url };
      const refusal = guard.refusalOf(url.hostname);
      if (refusal !== undefined) return { state: 'failed', reason: 'other', detail: refusal };
      const timeout = AbortSignal.timeout(call.timeoutMs);
      const output = boundedOutput(onOutput, mostOutputBytes);
      try {
        return await send({ request, first: url, call, lookup: guard.lookup, signal: AbortSignal.any([signal, timeout]) }, output);
      } catch (error) {
        if (signal.aborted) return { state: 'cancelled', reason: 'cancelled' };
        if (timeout.aborted) return { state: 'timed-out', reason: 'timed-out', detail: `no whole answer within ${call.timeoutMs} ms` };
        return failureOf(error);
      } finally {
        output.end();
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

interface Sending {
  readonly request: HttpRequest;
  readonly first: URL;
  readonly call: StepCall;
  readonly lookup: AddressGuard['lookup'];
  readonly signal: AbortSignal;
}

async function send({ request, first, call, lookup, signal }: Sending, output: ReturnType<typeof boundedOutput>): Promise<StepOutcome> {
  const { method, headers, body, expectStatus } = request;
  const say = (text: string): void => output.write('stdout', Buffer.from(text));
  let url = first;
  for (let redirects = 0; ; redirects += 1) {
    const response = await sendRequest({ url, method, headers: { 'idempotency-key': call.idempotencyKey, ...headers }, body, lookup, signal });
    const status = response.statusCode ?? 0;
    say(`${method} ${url.href} -> ${status} ${response.statusMessage ?? ''}\n`);
    const isExpected = expectStatus ? expectStatus.includes(status) : status >= 200 && status <= 299;
    const next = isExpected ? undefined : redirectOf(response, url, method);
    if (next instanceof URL && redirects < mostRedirects) {
      response.destroy();
      url = next;
      continue;
    }
    for await (const bytes of response as AsyncIterable<Uint8Array>) output.write('stdout', bytes);
    return isExpected ? { state: 'ok' } : refused(status, expectStatus, next instanceof URL ? `it redirects more than ${mostRedirects} times` : next);
  }
}

/** Where to go on; a text says why it goes no further. */
function redirectOf({ headers: { location }, statusCode = 0 }: IncomingMessage, from: URL, method: string): URL | string | undefined {
  if (location === undefined || statusCode < 300 || statusCode > 399) return undefined;
  if (method !== 'GET' && method !== 'HEAD') return `a redirect of ${method} is not followed`;
  if (!URL.canParse(location, from.href)) return `it redirects to ${location}, which is not an address`;
  const to = new URL(location, from);
  if (to.origin !== from.origin) return `it redirects to ${to.origin}, and other hosts are not followed`;
  // The output names each address that was asked.
  return to.username === '' && to.password === '' ? to : 'it redirects to an address with a user or a password, which is not followed';
}

function refused(status: number, expected: readonly number[] | undefined, why: string | undefined): StepOutcome {
  const wanted = expected ? expected.join(', ') : '200 to 299';
  const reason = status === 401 || status === 403 ? 'authentication' : 'http-status';
  return { state: 'failed', reason, detail: `answered ${status}, expected ${wanted}${why ? `: ${why}` : ''}` };
}
