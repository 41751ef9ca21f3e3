import type { IncomingMessage } from 'node:http';
import { gunzip } from 'node:zlib';
import type { Clock } from '@opsloop/ports';
import type { Failure } from './answer.js';

export interface BodyLimits {
  /** Of one body, before and after decompression. */
  readonly maxBodyBytes: number;
  /** Bodies that may be under way at once. */
  readonly maxBodies: number;
  /** A body must be whole by then. */
  readonly maxMs: number;
}

export interface BodyReader {
  /** The whole body, decompressed; 'gone' when the client went away before its end. */
  read(request: IncomingMessage): Promise<Buffer | Failure | 'gone'>;
  /** Gives up bodies that take too long. Call it about once a second. */
  cutSlow(): void;
  readonly waiting: number;
}

const overload = { code: 'unavailable', message: 'too many requests are under way: send it again', retryAfterS: 1, close: true } as const;
/** All bodies under way together may take this many times the largest one. */
const maxTogether = 8;

/** Reads request bodies within limits of size, number and time, and gives back their memory in any case. */
export function createBodyReader({ maxBodyBytes, maxBodies, maxMs }: BodyLimits, clock: Clock): BodyReader {
  const underWay = new Map<IncomingMessage, { readonly endMs: number; giveUp(): void }>();
  let heldBytes = 0;

  const tooLarge: Failure = { code: 'request too large', message: `the body is larger than ${maxBodyBytes} bytes (OPSLOOP_MAX_BODY_BYTES): send smaller batches`, close: true };

  function receive(request: IncomingMessage): Promise<Buffer | Failure | 'gone'> {
    return new Promise((resolve) => {
      const chunks: Buffer[] = [];
      let sizeBytes = 0;
      function finish(result: Buffer | Failure | 'gone'): void {
        if (!underWay.delete(request)) return;
        heldBytes -= sizeBytes;
        resolve(result);
      }
      underWay.set(request, { endMs: clock.monotonic() + maxMs, giveUp: () => finish({ code: 'request timeout', message: `the body was not whole within ${maxMs / 1000} s`, close: true }) });
      request.on('data', (chunk: Buffer) => {
        if (!underWay.has(request)) return;
        sizeBytes += chunk.length;
        heldBytes += chunk.length;
        chunks.push(chunk);
        if (sizeBytes > maxBodyBytes) finish(tooLarge);
        else if (heldBytes > maxBodyBytes * maxTogether) finish(overload);
      });
      request.on('end', () => finish(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
      request.on('close', () => finish('gone'));
      request.on('error', () => finish('gone'));
    });
  }

  return {
    async read(request) {
      if (underWay.size >= maxBodies) return overload;
      if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) return tooLarge;
      const encoding = request.headers['content-encoding']?.toLowerCase() ?? 'identity';
      if (encoding !== 'identity' && encoding !== 'gzip' && encoding !== 'x-gzip') return { code: 'unsupported media type', message: `content encoding ${encoding.slice(0, 40)} is not understood: send gzip, or plain text`, close: true };
      const body = await receive(request);
      if (encoding === 'identity' || !(body instanceof Uint8Array)) return body;
      const whole = await decompress(body, maxBodyBytes);
      if (whole instanceof Uint8Array) return whole;
      return whole === 'too large' ? tooLarge : { code: 'invalid', message: 'unable to parse: the body is not valid gzip' };
    },
    cutSlow() {
      const nowMs = clock.monotonic();
      for (const one of underWay.values()) if (one.endMs <= nowMs) one.giveUp();
    },
    get waiting() {
      return underWay.size;
    },
  };
}

function decompress(body: Buffer, maxOutputLength: number): Promise<Buffer | 'too large' | 'damaged'> {
  return new Promise((resolve) => {
    gunzip(body, { maxOutputLength }, (error, whole) => {
      if (!error) resolve(whole);
      else resolve('code' in error && error.code === 'ERR_BUFFER_TOO_LARGE' ? 'too large' : 'damaged');
    });
  });
}
