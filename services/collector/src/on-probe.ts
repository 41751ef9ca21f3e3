/** GET and HEAD /ping and /health, as InfluxDB answers them; no token is needed. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerFailure, answerJson, influxVersion } from './answer.js';

const no = new Set(['', '0', 'false']);

export function answerPing(request: IncomingMessage, response: ServerResponse, query: URLSearchParams): void {
  if (!isRead(request)) return refuse(response);
  if (!no.has(query.get('verbose') ?? '')) return answerJson(response, 200, { version: influxVersion });
  response.writeHead(204, { 'x-influxdb-build': 'OSS', 'x-influxdb-version': influxVersion }).end();
}

export function answerHealth(request: IncomingMessage, response: ServerResponse, isFull: boolean): void {
  if (!isRead(request)) return refuse(response);
  const state = isFull ? { status: 'fail', message: 'the log is full (OPSLOOP_BUS_MAX_BYTES)' } : { status: 'pass', message: 'ready for queries and writes' };
  answerJson(response, isFull ? 503 : 200, { name: 'opsloop', ...state, checks: [], version: influxVersion });
}

function isRead({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD';
}

function refuse(response: ServerResponse): void {
  answerFailure(response, 'v2', { code: 'method not allowed', message: 'only GET and HEAD are answered here', close: true });
}
