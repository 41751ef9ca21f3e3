import { request as requestPlain, type IncomingMessage } from 'node:http';
import { request as requestSecure } from 'node:https';
import type { LookupFunction } from 'node:net';

export interface RequestParts {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Resolves the name of the host for the socket. */
  readonly lookup: LookupFunction;
  readonly signal: AbortSignal;
}

const connectWithinMs = 10_000;

/** The answer's head; its body is still to be read. Each request has a connection of its own: none that others opened is used. */
export function sendRequest({ url, method, headers, body, lookup, signal }: RequestParts): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const begin = url.protocol === 'https:' ? requestSecure : requestPlain;
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const sent = begin(url, { method, headers: { accept: '*/*', ...headers, ...length }, agent: false, lookup, signal }, resolve);
    const late = setTimeout(() => sent.destroy(Object.assign(new Error(`no connection within ${connectWithinMs / 1000} s`), { code: 'ETIMEDOUT' })), connectWithinMs);
    sent.once('socket', (socket) => socket.once('connect', () => clearTimeout(late)));
    sent.once('close', () => {
      clearTimeout(late);
      // Where a server goes over to another protocol there is neither an answer nor an error, and the signal finds nothing to end.
      reject(new Error('the connection ended without an answer'));
    });
    sent.once('error', reject);
    sent.end(body);
  });
}
