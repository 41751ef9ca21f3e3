/** Live streams over real HTTP, on a bus whose tails take a while to open. */
import { createServer, get, type ClientRequest, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Request, Response } from 'express';
import { topics } from '@opsloop/contracts';
import type { Bus, BusRecord } from '@opsloop/ports';
import { createEmbeddedBus } from '@opsloop/engines-embedded';
import { createOwnMetrics, createSystemClock, type ServiceContext } from '@opsloop/runtime';
import { createTempDir, eventually, pause } from '@opsloop/testing';
import { ApiError } from '../http/api-error.js';
import { endRevokedStreams } from './end-revoked-streams.js';
import { eventRoutes, type LiveStreams } from './event-stream.js';

type Told = (partition: number, records: readonly BusRecord[]) => void | Promise<void>;

const openMs = 30;
const silentMs = 1_500;
const beatMs = 40;
let told: Told[];
let failing: string | undefined;
let opened: number;
let streams: LiveStreams;
let server: Server;
let port: number;
const uncaught: unknown[] = [];
const noteUncaught = (error: unknown): void => void uncaught.push(error);

const bus: Pick<Bus, 'tail'> = {
  async tail(topic: string, _from: unknown, tell: Told) {
    await pause(openMs);
    if (topic === failing) throw new Error('the topic does not answer');
    told.push(tell);
    opened++;
    return {
      async stop() {
        told = told.filter((one) => one !== tell);
      },
    };
  },
};

beforeEach(async () => {
  [told, failing, opened, streams] = [[], undefined, 0, { open: new Set(), ended: false }];
  await serve(bus);
});

async function serve(followed: Pick<Bus, 'tail'>): Promise<void> {
  const context = { bus: followed, clock: createSystemClock(), ownMetrics: createOwnMetrics() } as unknown as ServiceContext;
  const [events] = eventRoutes(context, streams, { silentMs, beatMs });
  server = createServer((request, response) => {
    const query = events!.query!.parse(Object.fromEntries(new URL(request.url!, 'http://localhost').searchParams));
    const call = { principal: { tenant: 'default', name: 'reader', scopes: [] }, params: {}, query, body: undefined, request: request as Request, response: response as Response } as const;
    events!.handle(call).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
  process.on('uncaughtException', noteUncaught);
}

async function endServing(): Promise<void> {
  process.off('uncaughtException', noteUncaught);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

afterEach(async () => {
  await endServing();
  expect(uncaught.splice(0)).toEqual([]);
});

function open(lastEventId?: number, path = '/'): { request: ClientRequest; head: Promise<IncomingMessage> } {
  const request = get({ host: '127.0.0.1', port, path, agent: false, headers: lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) } });
  const head = new Promise<IncomingMessage>((resolve) => request.on('response', resolve));
  request.on('error', () => undefined);
  return { request, head };
}

const record = (text: string, key = 'default/a'): BusRecord => ({ key, value: Buffer.from(text), arrivalMs: 5, position: 0, headers: {} }) as unknown as BusRecord;

it('tells what happens to its tenant, and gives its place back when the reader leaves', async () => {
  const { request, head } = open();
  let seen = '';
  (await head).on('data', (chunk: Buffer) => (seen += chunk.toString())).on('error', () => undefined);
  await eventually('all topics are followed', () => told.length === 4);
  told[0]!(0, [record('{"mine":1}'), record('{"theirs":1}', 'other/a')]);
  await eventually('the event', () => seen.includes('data: {"mine":1}'));
  expect(seen).not.toContain('theirs');
  request.destroy();
  await eventually('it is given back', () => streams.open.size === 0 && told.length === 0);
});

it.each([
  ['/', ': alive\n\n', 'event: beat'],
  ['/?beat=event', 'event: beat\ndata: {}\n\n', ': alive'],
])('says all the while that it lives, to %s as it asked', async (path, wanted, other) => {
  const { request, head } = open(undefined, path);
  let seen = '';
  (await head).on('data', (chunk: Buffer) => (seen += chunk.toString())).on('error', () => undefined);
  await eventually('two beats', () => seen.split(wanted).length > 2);
  expect(seen).not.toContain(other);
  request.destroy();
  await eventually('it is given back', () => streams.open.size === 0 && told.length === 0);
});

it('gives back what it opened for readers that left meanwhile', async () => {
  for (let i = 0; i < 10; i++) {
    const { request, head } = open();
    await head;
    request.destroy();
  }
  await eventually('all tails were opened', () => opened === 40);
  await eventually('all of them are given back', () => streams.open.size === 0 && told.length === 0);
});

it('gives back what it opened when a topic cannot be followed', async () => {
  failing = 'runs.v1';
  const { head } = open();
  (await head).on('error', () => undefined);
  await eventually('it is given back', () => opened === 3 && streams.open.size === 0 && told.length === 0);
});

it('says nothing more once it has been ended', async () => {
  const { head } = open();
  (await head).pause().on('error', () => undefined);
  await eventually('all topics are followed', () => told.length === 4);
  const [tell] = told;
  tell!(0, [record('x'.repeat(900_000))]);
  for (const response of streams.open) response.end();
  tell!(0, [record('late')]);
  await pause(20);
  expect(uncaught).toEqual([]);
});

it('opens no stream any more once all have been ended for the stop', async () => {
  streams.ended = true;
  const { request, head } = open();
  const refused = new Promise((resolve) => request.on('close', () => resolve('refused')));
  expect(await Promise.race([head, refused])).toBe('refused');
  expect(opened).toBe(0);
});

it('ends the streams of readers who would not be let in any more, and of no others', async () => {
  const readers = Array.from({ length: 3 }, () => open());
  const answers = await Promise.all(readers.map(({ head }) => head));
  await eventually('all are open', () => streams.open.size === 3);
  const ended = new Set<number>();
  answers.forEach((answer, index) => answer.on('end', () => ended.add(index)).resume());
  const verdicts = [new ApiError(401, 'Not signed in', ''), new Error('the documents do not answer'), undefined];
  const asked: unknown[] = [];
  await endRevokedStreams(streams.open, async (request) => {
    const verdict = verdicts[asked.push(request) - 1];
    if (verdict) throw verdict;
    return { tenant: 'default', name: 'reader', scopes: [] };
  });
  await eventually('one has ended', () => ended.size === 1 && streams.open.size === 2);
  await pause(50);
  expect([...ended]).toHaveLength(1);
  for (const { request } of readers) request.destroy();
  await eventually('all are gone', () => streams.open.size === 0);
});

it('cuts off a reader that takes nothing, and waits for one that is slow', async () => {
  const { head } = open();
  const answer = await head;
  let cut = false;
  let seen = 0;
  answer.on('data', (chunk: Buffer) => (seen += chunk.length)).pause().on('error', () => undefined).on('close', () => (cut = true));
  await eventually('all topics are followed', () => told.length === 4);
  const telling = Promise.resolve(told[0]!(0, Array.from({ length: 200 }, () => record('x'.repeat(200_000)))));
  let toldAll = false;
  void telling.then(() => (toldAll = true));
  for (let i = 0; i < 6; i++) {
    await pause(silentMs / 3);
    const before = seen;
    answer.resume();
    while (seen < before + 500_000) await pause(1);
    answer.pause();
  }
  expect([cut, toldAll, streams.open.size]).toEqual([false, false, 1]);
  await eventually('it is cut off', () => streams.open.size === 0);
  await telling;
});

it('tells all that was missed however much it is, under the id that was asked for until then', async () => {
  const real = createEmbeddedBus({ dataDir: createTempDir('events-').path, clock: createSystemClock(), maxBytes: 2 ** 28 });
  await real.start();
  const missed = Array.from({ length: 1_500 }, (_, at) => ({ key: `default/${at}`, value: Buffer.from(`{"at":${at},"text":"${'x'.repeat(3_000)}"}`) }));
  const sinceMs = Date.now();
  for (const topic of [topics.alarms, topics.runs]) await real.publish(topic.name, missed);
  await endServing();
  await serve(real);
  const { request, head } = open(sinceMs);
  let seen = '';
  (await head).on('data', (chunk: Buffer) => (seen += chunk.toString())).on('error', () => undefined);
  await eventually('all of it', () => seen.split('event: alarm\n').length > 1_500 && seen.split('event: run\n').length > 1_500, 20_000);
  expect([...new Set(seen.match(/^id: .*$/gm))]).toEqual([`id: ${sinceMs}`]);
  request.destroy();
  await eventually('it is given back', () => streams.open.size === 0);
  await real.stop(2_000);
}, 40_000);
