import type { IncomingMessage } from 'node:http';
import { gunzip, gunzipSync } from 'node:zlib';
import type { Clock } from '@opsloop/ports';
import type { Failure } from './answer.js';
import { createTurns } from './create-turns.js';

export interface BodyLimits {
  /** Of one body, before and after decompression. */
  readonly maxBodyBytes: number;
  /** Bodies that may be under way at once. */
  readonly maxBodies: number;
  /** Of one body, from one piece of it to the next. */
  readonly maxSilenceMs: number;
  /** A body must be whole by then, however steadily it comes. */
  readonly maxMs: number;
}

/** A place among the bodies that are under way. */
export interface BodyPlace {
  /** By the monotonic clock, both; Infinity once the body is whole. */
  silentEndMs: number;
  endMs: number;
  heldBytes: number;
  settle(result: Buffer | Failure | 'gone'): void;
  /** Where it stands in the list. */
  index: number;
}

export interface BodyReader {
  /** Undefined when too many are under way. Whoever enters must leave when the request is answered. */
  enter(): BodyPlace | undefined;
  leave(place: BodyPlace): void;
  /** The whole body, decompressed; 'gone' when the client went away before its end. */
  read(request: IncomingMessage, place: BodyPlace): Promise<Buffer | Failure | 'gone'>;
  /** Gives up bodies that take too long. Call it about once a second. */
  cutSlow(): void;
}

export const overload: Failure = { code: 'unavailable', message: 'too many requests are under way: send it again', retryAfterS: 1, close: true };
/** A round of `cutSlow` that comes so late follows a stall of ours: what senders sent meanwhile is not read yet. */
const lateRoundMs = 3_000;
/** All bodies under way together may take this many times the largest one. */
const maxTogether = 8;
/** What a body becomes counts only when it is unpacked; so few are unpacked at once, each to the size of the largest at most. */
const unpackedAtOnce = 4;
/** Compressed bodies up to here are decompressed at once, as long as they do not become larger than that. */
const smallBytes = 16 * 1024;
const mostHereBytes = 256 * 1024;
const encodings = new Set(['identity', 'gzip', 'x-gzip']);
const nothing = () => undefined;

/** Reads request bodies within limits of size, number and time, and gives back their memory in any case. */
export function createBodyReader({ maxBodyBytes, maxBodies, maxSilenceMs, maxMs }: BodyLimits, clock: Clock): BodyReader {
  // An array and not a map: the dropped tables of a map that is written all the time would keep whole requests alive.
  const places: BodyPlace[] = [];
  const inTurn = createTurns(unpackedAtOnce);
  let heldBytes = 0;
  let lastRoundMs = clock.monotonic();

  const tooLarge: Failure = { code: 'request too large', message: `the body is larger than ${maxBodyBytes} bytes (OPSLOOP_MAX_BODY_BYTES): send smaller batches`, close: true };
  // Whose fault it is cannot be told from here, and most agents drop what is answered with a 4xx.
  const tooSlow: Failure = { code: 'unavailable', message: `nothing of the body came for ${maxSilenceMs / 1000} s, or it was not whole within ${maxMs / 1000} s: send it again`, retryAfterS: 1, close: true };

  /** False when all bodies together would take too much. */
  function hold(place: BodyPlace, sizeBytes: number): boolean {
    place.heldBytes += sizeBytes;
    heldBytes += sizeBytes;
    return heldBytes <= maxBodyBytes * maxTogether;
  }

  function receive(request: IncomingMessage, place: BodyPlace): Promise<Buffer | Failure | 'gone'> {
    // Its end is not told again.
    if (request.destroyed) return Promise.resolve('gone');
    return new Promise((resolve) => {
      const chunks: Buffer[] = [];
      let settled = false;
      // Node pays dearly for a promise that is resolved twice, and every request closes after its end.
      const settle = (place.settle = (result) => {
        if (settled) return;
        settled = true;
        resolve(result);
      });
      request.on('data', (chunk: Buffer) => {
        // What comes after the answer is thrown away.
        if (settled) return;
        chunks.push(chunk);
        place.silentEndMs = clock.monotonic() + maxSilenceMs;
        const fits = hold(place, chunk.length);
        if (place.heldBytes > maxBodyBytes) settle(tooLarge);
        else if (!fits) settle(overload);
      });
      request.on('end', () => settle(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
      request.on('close', () => settle('gone'));
      request.on('error', () => settle('gone'));
    });
  }

  return {
    enter() {
      if (places.length >= maxBodies) return undefined;
      const nowMs = clock.monotonic();
      const place: BodyPlace = { silentEndMs: nowMs + maxSilenceMs, endMs: nowMs + maxMs, heldBytes: 0, settle: nothing, index: places.length };
      places.push(place);
      return place;
    },
    leave(place) {
      remove(places, place);
      heldBytes -= place.heldBytes;
    },
    async read(request, place) {
      const { headers } = request;
      if (Number(headers['content-length'] ?? 0) > maxBodyBytes) return tooLarge;
      const encoding = headers['content-encoding']?.toLowerCase() ?? 'identity';
      if (!encodings.has(encoding)) return { code: 'unsupported media type', message: `content encoding ${encoding.slice(0, 40)} is not understood: send gzip, or plain text`, close: true };
      const body = await receive(request, place);
      place.silentEndMs = place.endMs = Infinity;
      if (encoding === 'identity' || !(body instanceof Uint8Array)) return body;
      const whole = decompressHere(body, Math.min(maxBodyBytes, mostHereBytes)) ?? (await inTurn(() => decompress(body, maxBodyBytes)));
      if (whole instanceof Uint8Array) return hold(place, whole.length) ? whole : overload;
      return whole === 'too large' ? tooLarge : { code: 'invalid', message: 'unable to parse: the body is not valid gzip' };
    },
    cutSlow() {
      const nowMs = clock.monotonic();
      const stalledMs = nowMs - lastRoundMs;
      lastRoundMs = nowMs;
      if (stalledMs >= lateRoundMs) places.forEach((place) => postpone(place, stalledMs));
      else for (const place of places) if (Math.min(place.silentEndMs, place.endMs) <= nowMs) place.settle(tooSlow);
    },
  };
}

function remove(places: BodyPlace[], place: BodyPlace): void {
  const last = places.pop()!;
  if (last === place) return;
  places[place.index] = last;
  last.index = place.index;
}

function postpone(place: BodyPlace, byMs: number): void {
  place.silentEndMs += byMs;
  place.endMs += byMs;
}

function decompress(body: Buffer, maxOutputLength: number): Promise<Buffer | 'too large' | 'damaged'> {
  return new Promise((resolve) => {
    gunzip(body, { maxOutputLength }, (error, whole) => {
      if (!error) resolve(whole);
      else resolve('code' in error && error.code === 'ERR_BUFFER_TOO_LARGE' ? 'too large' : 'damaged');
    });
  });
}

/** For small bodies: the way to a thread and back costs three times as much as the work. Undefined when it fails or is larger. */
function decompressHere(body: Buffer, maxOutputLength: number): Buffer | undefined {
  if (body.length > smallBytes) return undefined;
  try {
    return gunzipSync(body, { maxOutputLength });
  } catch {
    return undefined;
  }
}
