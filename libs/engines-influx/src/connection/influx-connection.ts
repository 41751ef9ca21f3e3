import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { HttpError, InfluxDB } from '@influxdata/influxdb-client';
import { readFluxRows, type OnRow } from '../read/flux-rows.js';
import type { InfluxTarget } from './influx-target.js';
import { messageOf, toInfluxError } from './to-influx-error.js';

const compress = promisify(gzip);
/** Line protocol is repetitive: the fastest level halves the time of the next one and costs a tenth in size. */
const gzipLevel = 1;
/** Silence on the line after which a request counts as failed. */
const silenceMs = 30_000;

export interface WriteOptions {
  readonly bucket: string;
  readonly precision: 'ns' | 'ms';
  /** Told how many points the server dropped because they are older than the bucket keeps. */
  readonly onTooOld: (points: number) => void;
}

/** What the adapter asks of one server. One request each, no retry: who calls knows what was confirmed. Throws EngineError. */
export class InfluxConnection {
  readonly target: InfluxTarget;
  readonly client: InfluxDB;
  /** An answer to a query may be silent for as long as the query may take. */
  readonly #asking: InfluxDB;
  readonly #queryLimitMs: number;

  constructor(target: InfluxTarget, queryLimitMs: number) {
    this.target = target;
    this.#queryLimitMs = queryLimitMs;
    this.client = new InfluxDB({ url: target.url, token: target.token, timeout: silenceMs });
    this.#asking = new InfluxDB({ url: target.url, token: target.token, timeout: 0 });
  }

  /** Durable when it resolves: the server has answered 204, or dropped nothing but points that are too old. */
  async write(lines: Uint8Array, { bucket, precision, onTooOld }: WriteOptions): Promise<void> {
    const path = `/api/v2/write?org=${encodeURIComponent(this.target.org)}&bucket=${encodeURIComponent(bucket)}&precision=${precision}`;
    const headers = { 'content-type': 'text/plain; charset=utf-8', 'content-encoding': 'gzip' };
    try {
      await this.#send(path, await compress(lines, { level: gzipLevel }), { method: 'POST', headers });
    } catch (error) {
      const tooOld = pointsTooOld(error);
      if (tooOld === undefined) throw toInfluxError(this.target, error);
      onTooOld(tooOld);
    }
  }

  /** Streams the rows of a script. Ends it with a retryable error when it takes longer than `limitMs`; default: the limit of people's queries. */
  async query(script: string, onRow: OnRow, limitMs = this.#queryLimitMs): Promise<void> {
    const path = `/api/v2/query?org=${encodeURIComponent(this.target.org)}`;
    const body = JSON.stringify({ query: script, type: 'flux', dialect: { header: true, annotations: [], delimiter: ',' } });
    const aborting = new AbortController();
    const timer = setTimeout(() => aborting.abort(), limitMs);
    try {
      await readFluxRows(this.#asking.transport.iterate(path, body, { method: 'POST', headers: { accept: 'application/csv', 'accept-encoding': 'identity' }, signal: aborting.signal }), onRow);
    } catch (error) {
      if (aborting.signal.aborted) throw toInfluxError(this.target, new Error(`the query was ended after ${limitMs / 1000} s: ask for a shorter range, fewer series or a coarser tier`));
      throw toInfluxError(this.target, error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Deletes all points of a bucket before a time (exclusive), of one measurement and tags when `predicate` names them. */
  async deleteBefore(bucket: string, beforeMs: number, predicate?: string): Promise<void> {
    const path = `/api/v2/delete?org=${encodeURIComponent(this.target.org)}&bucket=${encodeURIComponent(bucket)}`;
    // The end is inclusive.
    const stop = new Date(beforeMs - 1).toISOString().replace('Z', '999999Z');
    const body = JSON.stringify({ start: '1677-09-22T00:00:00Z', stop, ...(predicate === undefined ? {} : { predicate }) });
    await this.#send(path, body, { method: 'POST' }).catch((error: unknown) => {
      throw toInfluxError(this.target, error);
    });
  }

  /** The version that the server gives itself. */
  async version(): Promise<string> {
    let version = '';
    try {
      await this.client.transport.request('/ping', undefined, { method: 'GET' }, (headers) => (version = String(headers['x-influxdb-version'] ?? headers['X-Influxdb-Version'] ?? '')));
    } catch (error) {
      throw toInfluxError(this.target, error);
    }
    return version;
  }

  async #send(path: string, body: string | Uint8Array, options: { method: string; headers?: Record<string, string> }): Promise<void> {
    // The answer to a write or a delete has no body worth keeping, but it must be read to its end.
    for await (const _ of this.client.transport.iterate(path, body, options)) void _;
  }
}

/** Undefined for any other failure. Points that are too old are the one part of a write that may be lacking. */
function pointsTooOld(error: unknown): number | undefined {
  if (!(error instanceof HttpError) || error.statusCode !== 422) return undefined;
  const said = messageOf(error);
  if (/field type conflict/.test(said) || !/partial write/.test(said)) return undefined;
  // In two wordings, by version.
  const dropped = /dropped (\d+) points outside retention policy/.exec(said) ?? /beyond retention policy dropped=(\d+)/.exec(said);
  return dropped ? Number(dropped[1]) : undefined;
}
