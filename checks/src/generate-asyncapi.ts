import { topics } from '@opsloop/contracts';
import { jsonSchemaOf } from './generate-json-schemas.js';

/** What travels on a topic beside the event that it is named after. */
const alsoOn: Partial<Record<keyof typeof topics, 'alarm-note-event'>> = { alarms: 'alarm-note-event' };
const eventOf = { AlarmEvent: 'alarm-event', AlarmCommand: 'alarm-command', WorkOrderEvent: 'work-order-event', RunEvent: 'run-event', NoticeEvent: 'notice-event', LogBatch: 'log-batch', LogChangeEvent: 'log-change-event' } as const;
/** JSON that is no CloudEvent: what is measured rather than what happened. */
const plainJson: readonly string[] = ['log-batch'];

/** The topics of the bus as an AsyncAPI 3.0 document. */
export function generateAsyncApi(): string {
  const channels: Record<string, unknown> = {};
  const operations: Record<string, unknown> = {};
  const messages: Record<string, unknown> = {};
  for (const [id, topic] of Object.entries(topics)) {
    const event = eventOf[topic.value as keyof typeof eventOf] as (typeof eventOf)[keyof typeof eventOf] | undefined;
    const name = event ?? `${id}-batch`;
    messages[name] = event
      ? { name, contentType: plainJson.includes(event) ? 'application/json' : 'application/cloudevents+json', payload: jsonSchemaOf(event) }
      : { name, contentType: 'application/octet-stream', summary: topic.value, payload: { type: 'string', contentEncoding: 'binary' } };
    const more = alsoOn[id as keyof typeof topics];
    if (more) messages[more] = { name: more, contentType: 'application/cloudevents+json', payload: jsonSchemaOf(more) };
    const carried = Object.fromEntries([name, ...(more ? [more] : [])].map((one) => [one, { $ref: `#/components/messages/${one}` }]));
    channels[id] = { address: topic.name, description: `key: ${topic.key}; ${topic.partitions} partitions`, messages: carried };
    operations[`receive-${id}`] = { action: 'receive', channel: { $ref: `#/channels/${id}` } };
  }
  const document = { asyncapi: '3.0.0', info: { title: 'Opsloop bus', version: '1.0.0', description: 'Events between the services. Generated from libs/contracts.' }, defaultContentType: 'application/cloudevents+json', channels, operations, components: { messages } };
  return `${JSON.stringify(document, null, 2)}\n`;
}
