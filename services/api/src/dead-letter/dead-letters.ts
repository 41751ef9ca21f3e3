/** Dead letters: gathers what can never succeed from the bus into a list that people can read, and puts it back when they say so. */
import { createHash } from 'node:crypto';
import { collections, deadLetterTopic, toApi, topics, type DeadLetter } from '@opsloop/contracts';
import { documentBytesAtMost, type BusRecord } from '@opsloop/ports';
import { partGroup, recordConsumer, type Part, type ServiceContext } from '@opsloop/runtime';
import { z } from 'zod';
import { ApiError, conflict, notFound } from '../http/api-error.js';
import { listShape } from '../http/list-query.js';
import { route, type Route } from '../http/route.js';

const previewBytes = 1_000;
/** The headers that tell where a dead letter came from; the rest are its own. */
const whereHeaders = new Set(['topic', 'group', 'position', 'reason']);

/** Writes each record of the dead-letter topics into the collection; the bytes stay with the document, unless they are more than it can carry. */
export function createDeadLetterList(context: ServiceContext): Part {
  const letters = context.documents.collection<DeadLetter>(collections.deadLetters);

  async function keep(record: BusRecord, partition: number): Promise<void> {
    const { topic = '', group = '', position = '0', reason = '' } = record.headers;
    const tenant = record.key.includes('/') ? record.key.slice(0, record.key.indexOf('/')) : 'default';
    const own = Object.fromEntries(Object.entries(record.headers).filter(([name]) => !whereHeaders.has(name)));
    await letters.insert(
      {
        id: `${tenant}/${createHash('sha256').update(`${topic}|${group}|${partition}|${position}`).digest('hex').slice(0, 32)}`,
        tenant, topic, group, partition,
        position: Number(position),
        key: record.key,
        headers: own,
        reason,
        atMs: record.arrivalMs,
        state: 'waiting',
        sizeBytes: record.value.length,
        preview: preview(record.value),
      },
      record.value.length > documentBytesAtMost ? undefined : record.value,
    );
  }

  return partGroup('dead letters', Object.values(topics).map((topic) => recordConsumer({ context, topic: deadLetterTopic(topic.name), group: 'dead-letters', handle: keep })));
}

function preview(value: Uint8Array): string {
  const text = new TextDecoder().decode(value.subarray(0, previewBytes));
  const isText = [...text].every((char) => char >= ' ' ? char !== '\ufffd' : '\t\n\r'.includes(char));
  return !isText ? `${Buffer.from(value.subarray(0, 64)).toString('hex')}... (binary)` : text;
}

export function deadLetterRoutes(context: ServiceContext): Route[] {
  const letters = context.documents.collection<DeadLetter>(collections.deadLetters);
  return [
    route({
      method: 'get', path: '/dead-letters', scope: 'read', summary: 'Records that could never succeed, newest first', query: z.strictObject({ ...listShape, topic: z.string().optional(), state: z.enum(['waiting', 'retried']).optional() }), answer: 'DeadLetterPage',
      async handle({ principal, query }) {
        const filter = { tenant: principal.tenant, ...(query.topic && { topic: query.topic }), ...(query.state && { state: query.state }) };
        const { items, nextCursor } = await letters.find(filter, { sort: { field: 'atMs', direction: 'desc' }, limit: query.limit, ...(query.cursor && { cursor: query.cursor }) });
        return { items: items.map(({ doc }) => toApi(doc)), ...(nextCursor && { nextCursor }) };
      },
    }),
    route({
      method: 'post', path: '/dead-letters/{id}/retry', scope: 'operate', status: 202, summary: 'Puts a record back on its topic', answer: 'Accepted',
      async handle({ principal, params }) {
        const id = params['id']!.includes('/') ? params['id']! : `${principal.tenant}/${params['id']!}`;
        const stored = await letters.get(id);
        if (!stored || stored.doc.tenant !== principal.tenant) throw notFound('dead letter', params['id']!);
        const { doc, version, bytes } = stored;
        if (doc.state === 'retried') throw conflict(`It was put back already, by ${doc.retriedBy ?? 'somebody'}.`);
        if (!bytes) throw new ApiError(410, 'Gone', 'Its bytes were not kept.');
        // Published before it is marked: a crash between the two puts it back twice, and readers drop what they know.
        await context.bus.publish(doc.topic, [{ key: doc.key, value: bytes, headers: doc.headers ?? {}, partition: doc.partition, arrivalMs: doc.atMs }]);
        await letters.replace({ ...doc, state: 'retried', retriedBy: principal.name }, version, { bytes });
        return { accepted: true };
      },
    }),
  ];
}
