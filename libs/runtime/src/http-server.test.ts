/** What a stop owes to those who are connected, over real sockets. */
import { Agent, get, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { eventually, pause } from '@opsloop/testing';
import { createHttpServer } from './http-server.js';
import type { Logger } from './service/logger.js';

let agent: Agent;
let server: ReturnType<typeof createHttpServer>;
let answers: ServerResponse[];
const large = Buffer.alloc(20_000_000, 'x');

beforeEach(async () => {
  agent = new Agent({ keepAlive: true });
  answers = [];
  server = createHttpServer({
    host: '127.0.0.1',
    port: 0,
    maxRequestMs: 500,
    logger: { error: () => undefined } as unknown as Logger,
    beforeStop: () => answers.filter(({ req }) => req.url === '/stream').forEach((answer) => answer.end()),
    handler(request, response) {
      answers.push(response);
      if (request.url === '/stream') response.write('begun\n');
      if (request.url === '/large') response.end(large);
      if (request.url === '/small') response.end('small');
    },
  });
  await server.start();
});
afterEach(async () => {
  agent.destroy();
  await server.stop(0);
});

function ask(path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => get(`${server.url()}${path}`, { agent }, resolve).on('error', reject));
}

async function read(answer: IncomingMessage): Promise<number> {
  let bytes = 0;
  for await (const chunk of answer) bytes += (chunk as Buffer).length;
  return bytes;
}

it('ends live streams at the stop, instead of cutting them off', async () => {
  const streams = await Promise.all(['/stream', '/stream', '/stream'].map(ask));
  const reading = streams.map(read);
  await server.stop(60_000);
  expect(await Promise.all(reading)).toEqual([6, 6, 6]);
});

it('sends an answer to its end that is still on its way at the stop', async () => {
  const answer = await ask('/large');
  expect(answers[0]!.writableFinished).toBe(false);
  const stopping = server.stop(60_000);
  await pause(50);
  expect(await read(answer)).toBe(large.length);
  await stopping;
});

it('waits for what is being worked on, and takes no more', async () => {
  await read(await ask('/small'));
  const answer = ask('/later');
  await eventually('it arrived', () => answers.length === 2);
  const idle = await ask('/small');
  await read(idle);
  const stopping = server.stop(60_000);
  answers[1]!.end('done');
  expect(await read(await answer)).toBe(4);
  await stopping;
  await expect(ask('/small')).rejects.toThrow(/ECONNREFUSED|ECONNRESET|hang up/);
});

it('begins nothing that comes on a connection which it has ended', async () => {
  const { hostname, port } = new URL(server.url());
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  let heard = '';
  socket.on('data', (chunk: Buffer) => (heard += chunk.toString())).on('error', () => undefined);
  const ended = new Promise((resolve) => socket.on('end', resolve));
  await new Promise((resolve) => socket.on('connect', resolve));
  const first = ask('/later');
  await eventually('it arrived', () => answers.length === 1);
  const stopping = server.stop(60_000);
  await ended;
  socket.end('GET /small HTTP/1.1\r\nhost: here\r\n\r\n');
  await pause(100);
  answers[0]!.end();
  await read(await first);
  await stopping;
  expect({ heard, begun: answers.length }).toEqual({ heard: '', begun: 1 });
});

it('cuts off at the deadline who does not end', async () => {
  const answer = ask('/never');
  await eventually('it arrived', () => answers.length === 1);
  const [verdict] = await Promise.allSettled([answer, server.stop(20)]);
  expect(verdict.status).toBe('rejected');
});

it('asks whose request is not whole in time to send it again, and refuses what is no HTTP', async () => {
  const { hostname, port } = new URL(server.url());
  const heardBy = (text: string) => new Promise((resolve) => {
    let heard = '';
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(text));
    socket.on('data', (chunk: Buffer) => (heard += chunk.toString())).on('close', () => resolve(heard));
  });
  expect(await heardBy('POST /later HTTP/1.1\r\nhost: here\r\ncontent-length: 10\r\n\r\nhalf')).toMatch(/^HTTP\/1.1 503 .*retry-after: 1/s);
  expect(await heardBy('no HTTP\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /);
});
