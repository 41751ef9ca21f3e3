import type { ServerResponse } from 'node:http';
import { endLingering } from './linger.js';
import type { Api } from './route.js';

/** What went wrong, by the names of InfluxDB's API. */
export type ErrorCode = 'invalid' | 'unauthorized' | 'forbidden' | 'method not allowed' | 'request too large' | 'unsupported media type' | 'too many requests' | 'unavailable' | 'internal error';

const statusOf: Readonly<Record<ErrorCode, number>> = {
  invalid: 400, unauthorized: 401, forbidden: 403, 'method not allowed': 405, 'request too large': 413,
  'unsupported media type': 415, 'too many requests': 429, 'internal error': 500, unavailable: 503,
};

export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  /** Seconds after which the same request may succeed. */
  readonly retryAfterS?: number;
  /** The rest of the body is not worth reading: the connection ends. */
  readonly close?: boolean;
}

/** The version that clients are told: the release of InfluxDB whose write API this is. */
export const influxVersion = '2.7.0';

export function answerFailure(response: ServerResponse, api: Api, { code, message, retryAfterS, close }: Failure): void {
  // Telegraf's v1 output drops the batch on any 4xx, so it never gets one for a fault of ours.
  const status = api === 'v1' && code === 'too many requests' ? 503 : statusOf[code];
  const body = JSON.stringify(api === 'v2' ? { code, message } : { error: message });
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    ...(api === 'v2' ? { 'x-platform-error-code': code } : { 'x-influxdb-error': message.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 500) }),
    ...(retryAfterS !== undefined && { 'retry-after': String(retryAfterS) }),
    ...(code === 'unauthorized' && { 'www-authenticate': api === 'v2' ? 'Token realm="opsloop"' : 'Basic realm="opsloop"' }),
    ...(close && { connection: 'close' }),
  });
  if (!close) return void response.end(body);
  response.write(body);
  endLingering(response);
}

export function answerJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'x-influxdb-build': 'OSS', 'x-influxdb-version': influxVersion });
  response.end(JSON.stringify(body));
}
