import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { PassThrough, Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { createSystemClock } from '@opsloop/runtime';
import { createManualClock } from '@opsloop/testing';
import { createBodyReader } from './body-reader.js';

const mib = 2 ** 20;
const maxBodyBytes = 8 * mib;

function gzipRequest(body: Buffer): IncomingMessage {
  return Object.assign(Readable.from([body]), { headers: { 'content-encoding': 'gzip' } }) as unknown as IncomingMessage;
}

function createReader() {
  const reader = createBodyReader({ maxBodyBytes, maxBodies: 1_000, maxSilenceMs: 30_000, maxMs: 60_000 }, createSystemClock());
  return async (body: Buffer): Promise<number | string> => {
    const place = reader.enter()!;
    try {
      const read = await reader.read(gzipRequest(body), place);
      return typeof read === 'string' ? read : read instanceof Uint8Array ? read.length : read.code;
    } finally {
      reader.leave(place);
    }
  };
}

it('many small bodies that unpack to large ones take no more memory than a few of them', async () => {
  const read = createReader();
  const bomb = gzipSync(Buffer.alloc(maxBodyBytes - 1));
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  const watching = setInterval(() => (most = Math.max(most, process.memoryUsage().arrayBuffers - before)), 1);
  const sizes = await Promise.all(Array.from({ length: 40 }, () => read(bomb)));
  clearInterval(watching);
  expect(new Set(sizes)).toEqual(new Set([maxBodyBytes - 1]));
  expect(most).toBeLessThan(32 * maxBodyBytes);
});

it('hundreds of usual bodies at once are all read, whatever their size unpacked', async () => {
  const read = createReader();
  const small = gzipSync(Buffer.from('m,host=a f=1\n'.repeat(100)));
  const larger = gzipSync(Buffer.from(Array.from({ length: 20_000 }, (_, i) => `m,host=a f=${Math.sin(i)}\n`).join('')));
  expect(larger.length).toBeGreaterThan(100_000);
  const sizes = await Promise.all(Array.from({ length: 300 }, (_, i) => read(i % 30 === 0 ? larger : small)));
  expect(sizes.filter((size) => typeof size === 'string')).toEqual([]);
});

it('one damaged body among others keeps nobody waiting', async () => {
  const read = createReader();
  const good = gzipSync(Buffer.alloc(mib));
  const damaged = good.subarray(0, good.length - 20);
  expect(await Promise.all(Array.from({ length: 20 }, (_, i) => read(i % 2 === 0 ? damaged : good)))).toEqual(Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 'invalid' : mib)));
});

it('a client that went away before its body was asked for keeps no place', async () => {
  const reader = createBodyReader({ maxBodyBytes, maxBodies: 1, maxSilenceMs: 30_000, maxMs: 60_000 }, createManualClock(0));
  const body = new PassThrough();
  body.destroy();
  await once(body, 'close');
  expect(await reader.read(Object.assign(body, { headers: {} }) as unknown as IncomingMessage, reader.enter()!)).toBe('gone');
}, 1_000);

describe('a body that takes its time', () => {
  function startBody() {
    const clock = createManualClock(0);
    const reader = createBodyReader({ maxBodyBytes, maxBodies: 1, maxSilenceMs: 30_000, maxMs: 60_000 }, clock);
    const body = new PassThrough();
    const request = Object.assign(body, { headers: {} }) as unknown as IncomingMessage;
    const read = reader.read(request, reader.enter()!);
    return {
      body, read,
      /** Lets time pass, with a round each second and a piece of the body every so many. */
      async live(seconds: number, pieceEveryS = Infinity): Promise<void> {
        for (let second = 1; second <= seconds; second++) {
          await clock.advance(1_000);
          if (second % pieceEveryS === 0) body.write('x');
          await new Promise(setImmediate);
          reader.cutSlow();
        }
      },
      /** Nothing runs meanwhile; then timers come before sockets. */
      async freeze(seconds: number): Promise<void> {
        await clock.advance(seconds * 1_000);
        reader.cutSlow();
      },
    };
  }

  it('is waited for as long as it comes on', async () => {
    const { body, read, live } = startBody();
    await live(55, 20);
    body.end('y');
    expect(await read).toEqual(Buffer.from('xxy'));
  });

  it.each([['stops', 31, Infinity], ['trickles for ever', 61, 5]])('is given up when it %s, and may come again', async (_, seconds, pieceEveryS) => {
    const { read, live } = startBody();
    await live(seconds, pieceEveryS);
    expect(await read).toMatchObject({ code: 'unavailable', retryAfterS: 1 });
  });

  it('is not given up for a stall of ours', async () => {
    const { body, read, live, freeze } = startBody();
    await live(25);
    await freeze(3_600);
    body.end('whole');
    expect(await read).toEqual(Buffer.from('whole'));
  });

  it('has its usual time behind a stall of ours', async () => {
    const { read, live, freeze } = startBody();
    await live(25);
    await freeze(3_600);
    await live(6);
    expect(await read).toMatchObject({ code: 'unavailable' });
  });
});
