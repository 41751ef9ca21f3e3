import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WindowBatch } from '@opsloop/contracts';
import { EngineError } from '@opsloop/ports';
import { buildDictionary, buildResource, buildWindowBatch, numbers } from '@opsloop/testing';
import type { OnRow } from '../read/flux-rows.js';
import { InfluxConnection } from '../connection/influx-connection.js';
import { readRevisions } from './read-revisions.js';
import { SeriesMemory } from './series-memory.js';
import { WindowWriter } from './window-writer.js';

const columns = ['', 'result', 'table', '_time', '_value', '_measurement', 'labels', 'resource', 'width'];
const windows = [{ metric: 'cpu', values: [1, 2] }];
const dictionary = buildDictionary(windows);

function batchesOf(ids: readonly string[], startMs = 60_000): WindowBatch[] {
  return ids.map((id) => ({ ...buildWindowBatch({ windows, startMs, resource: buildResource({ id }) }), dictionary }));
}

/** A server that keeps nothing: it notes how many resources each question names, and answers what `answer` does. */
function createWriter(answer: (asked: number, onRow: OnRow) => void) {
  const asked: number[] = [];
  let lines = 0;
  const connection = {
    async query(script: string, onRow: OnRow) {
      const names = /r\.resource =~ \/\^\(([^)]*)\)\$\//.exec(script)?.[1];
      asked.push(names === undefined ? Infinity : names.split('|').length);
      answer(asked.length, onRow);
    },
    async write(body: Uint8Array, { bucket }: { bucket: string }) {
      if (bucket === 'base') lines += Buffer.from(body).toString().trimEnd().split('\n').length;
    },
  } as unknown as InfluxConnection;
  const writer = new WindowWriter({ connection, memory: new SeriesMemory(60_000), baseBucket: 'base', stateBucket: 'state', monotonicMs: () => 0, onTooOld: () => undefined });
  return { writer, asked, lines: () => lines };
}

const tooSlow = new EngineError('the query was ended', { retryable: true });

it('after a restart asks for very many resources in groups that the server can match, never for all series', async () => {
  const { writer, asked, lines } = createWriter(() => undefined);
  await writer.write(batchesOf(numbers(0, 900)));
  expect(asked).toEqual([200, 200, 200, 200, 100]);
  expect(lines()).toBe(900);
});

it('keeps the groups that were answered when a later one is not, so that the next try goes on there', async () => {
  const { writer, asked, lines } = createWriter((question) => {
    if (question === 3) throw tooSlow;
  });
  const batches = batchesOf(numbers(0, 900));
  await expect(writer.write(batches)).rejects.toBe(tooSlow);
  expect(lines()).toBe(0);
  asked.length = 10;
  await writer.write(batches);
  expect(asked.slice(10)).toEqual([200, 200, 100]);
  expect(lines()).toBe(900);
});

it('takes half an answer for none', async () => {
  const { writer, asked } = createWriter((question, onRow) => {
    if (question === 1) onRow(['', '', '0', '1970-01-01T00:01:00Z', '5', 'default:cpu', '', 'a', '10000'], columns);
    if (question === 1) throw tooSlow;
  });
  await expect(writer.write(batchesOf(['a']))).rejects.toBe(tooSlow);
  await writer.write(batchesOf(['a'], 120_000));
  expect(asked).toEqual([1, 1]);
});

it('gives the look at what is stored more time than a query of a person', async () => {
  const server = createServer((_, response) => setTimeout(() => response.end(`${columns.join(',')}\r\n,,0,1970-01-01T00:01:00Z,5,default:cpu,,a,10000\r\n`), 150));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const connection = new InfluxConnection({ name: undefined, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, org: 'o', token: 't', bucket: 'b' }, 50);
    await expect(connection.query('script', () => undefined)).rejects.toThrow('ended after 0.05 s');
    const found: number[] = [];
    await readRevisions(connection, 'script', ({ revision }) => found.push(revision));
    expect(found).toEqual([5]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
