import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { createSystemClock } from '@opsloop/runtime';
import { createBodyReader } from './body-reader.js';

const mib = 2 ** 20;
const maxBodyBytes = 8 * mib;

function gzipRequest(body: Buffer): IncomingMessage {
  return Object.assign(Readable.from([body]), { headers: { 'content-encoding': 'gzip' } }) as unknown as IncomingMessage;
}

function createReader() {
  const reader = createBodyReader({ maxBodyBytes, maxBodies: 1_000, maxMs: 30_000 }, createSystemClock());
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
