import { createServer, request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { logBatchSchema, settingsSchema, topics, type LogBatch, type Principal, type RawBatch, type Topic } from '@opsloop/contracts';
import { EngineError, type Bus, type BusRecord, type Documents, type MetricStore } from '@opsloop/ports';
import { createLogger, createOwnMetrics, decodeEvent, createSystemClock, partGroup, type Part, type ServiceContext } from '@opsloop/runtime';
import { createRawBatchDecoder } from '@opsloop/wire';
import { createCollector, type CollectorDeps } from './service.js';

export const tokens = { agents: 'token-of-agents-1', reader: 'token-of-a-reader', otherTenant: 'token-of-another-tenant', namedLikeTheTopic: 'token-like-the-topic', whileDown: 'token-while-engines-are-down' };

const principals = new Map<string, Principal>([
  [tokens.agents, { tenant: 'default', name: 'agents', scopes: ['ingest'] }],
  [tokens.reader, { tenant: 'default', name: 'reader', scopes: ['read'] }],
  [tokens.namedLikeTheTopic, { tenant: 'default', name: topics.intake.name, scopes: ['ingest'] }],
  [tokens.otherTenant, { tenant: 'other', name: 'agents', scopes: ['ingest', 'read'] }],
]);

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Stored extends BusRecord {
  readonly partition: number;
  readonly batch: RawBatch;
}

export interface UnderTest {
  readonly bus: Bus & Part;
  readonly documents: Documents & Part;
  readonly settings?: Record<string, unknown>;
  readonly deps?: Partial<CollectorDeps>;
}

/** A collector on real engines behind a real HTTP server, with switches for what can go wrong behind it. */
export async function startCollector({ bus: engine, documents, settings: chosen, deps }: UnderTest) {
  const settings = settingsSchema.parse({ LOG_LEVEL: 'silent', ...chosen });
  const clock = createSystemClock();
  const faults: { full: boolean; publish: Error | undefined; delayMs: number } = { full: false, publish: undefined, delayMs: 0 };
  const largest = { publicationBytes: 0 };
  const counted = { publications: 0 };
  const bus: Bus = {
    ...engine,
    isFull: () => faults.full,
    async publish(topic, records) {
      if (faults.delayMs > 0) await clock.sleep(faults.delayMs);
      if (faults.publish) throw faults.publish;
      // Ticks are empty.
      if (records.some(({ value }) => value.length > 0)) counted.publications++;
      largest.publicationBytes = Math.max(largest.publicationBytes, records.reduce((sum, { key, value }) => sum + key.length + value.length, 0));
      await engine.publish(topic, records);
    },
  };
  const ownMetrics = createOwnMetrics();
  const context: ServiceContext = { settings, instance: 'test', bus, documents, checkpoints: { begin: unused, load: unused, save: unused }, metricStore: {} as MetricStore, clock, logger: createLogger('silent', 'test'), ownMetrics, reach: () => undefined };
  const collector = createCollector({
    ...context,
    async authenticate(secret) {
      if (secret === tokens.whileDown) throw new EngineError('the documents do not answer', { retryable: true });
      return principals.get(secret);
    },
    ...deps,
  });
  const server = createServer((request, response) => {
    void collector.handle(request, response).then((handled) => handled || response.writeHead(404).end('not the collector'));
  });
  const parts = partGroup('under test', [documents, engine, collector]);
  await parts.start();
  const followed = await followRecords(engine, topics.raw);
  const followedLogs = await followRecords(engine, topics.logs);
  const decoder = createRawBatchDecoder();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    port, faults, largest, counted, bus: engine, ownMetrics, context,
    send: (path: string, sending?: Sending) => send(port, path, sending),
    /** What reading agents get for these bytes, sent as they are; the answer as text. */
    sendRaw: (bytes: string, forMs = 5_000) => sendRaw(port, bytes, forMs),
    /** Raw batches that came on the bus since the last call. Ticks are left out. */
    async stored(): Promise<Stored[]> {
      const records = await followed.take();
      return records.filter((record) => record.value.length > 0).map((record) => ({ ...record, batch: decoder.decode(record.value) }));
    },
    /** Log batches that came on the bus since the last call. */
    async storedLogs(): Promise<(LogBatch & { readonly key: string; readonly partition: number })[]> {
      const records = await followedLogs.take();
      return records.filter((record) => record.value.length > 0).map((record) => ({ ...decodeEvent(logBatchSchema, record.value), key: record.key, partition: record.partition }));
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await Promise.all([followed.stop(), followedLogs.stop()]);
      await parts.stop(5_000);
    },
  };
}

export interface Sending {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
}

function send(port: number, path: string, { method = 'POST', headers = { authorization: `Token ${tokens.agents}` }, body = '' }: Sending = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks).toString() }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

function sendRaw(port: number, bytes: string, forMs: number): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'));
    const overdue = setTimeout(() => socket.destroy(), forMs);
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(overdue);
      resolve(answer);
    });
  });
}

type Seen = BusRecord & { partition: number };

/** Follows a topic; `take` gives what was published since it was called last. */
async function followRecords(bus: Bus, topic: Topic) {
  let seen: Seen[] = [];
  let markers = 0;
  const tail = await bus.tail(topic.name, 'latest', (partition, records) => {
    for (const record of records) {
      if (record.key === 'marker') markers--;
      else seen.push({ ...record, value: Uint8Array.from(record.value), partition });
    }
  });
  return {
    stop: () => tail.stop(),
    /** Nothing is missing that was published before: a marker in each partition comes behind it. */
    async take(): Promise<Seen[]> {
      markers = topic.partitions;
      await bus.publish(topic.name, Array.from({ length: markers }, (_, partition) => ({ key: 'marker', value: new Uint8Array(0), partition })));
      while (markers > 0) await new Promise((resolve) => setTimeout(resolve, 2));
      const taken = seen;
      seen = [];
      return taken;
    },
  };
}

function unused(): never {
  throw new Error('the collector takes no checkpoints');
}

/** Samples of stored batches as `metric{labels} value`, for short assertions. */
export function samplesOf(stored: readonly Stored[]): string[] {
  return stored.flatMap(({ batch: { dictionary, rows } }) =>
    rows.flatMap(({ slots, values }) =>
      [...values].map((value, i) => {
        const slot = slots ? slots[i]! : i;
        const labels = Object.entries(dictionary.labelSets[dictionary.labelsOf[slot]!]!).map(([key, label]) => `${key}=${label}`);
        return `${dictionary.metrics[dictionary.metricOf[slot]!]}{${labels.join()}} ${value}`;
      }),
    ),
  );
}
