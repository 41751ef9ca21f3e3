/** One instance of the telling half of action on given engines, and what tests feed it and ask of it. */
import { collections, settingsSchema, topics, type Alarm, type AlarmCommand, type AlarmEvent, type AlarmTransition, type DefinitionRecord, type LogChangeEvent, type Notice } from '@opsloop/contracts';
import type { Bus, Channel, Checkpoints, Clock, Delivery, Documents, Message, MetricStore } from '@opsloop/ports';
import { createLogger, createOwnMetrics, encodeEvent, type OwnMetrics, type ServiceContext } from '@opsloop/runtime';
import { buildResource } from '@opsloop/testing';
import { createTelling, type Telling } from './create-telling.js';

export interface InstanceOptions {
  readonly documents: Documents;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly channels: Readonly<Record<string, Channel>>;
  readonly name?: string;
  readonly reach?: (point: string) => void;
}

export interface TellingInstance {
  readonly telling: Telling;
  readonly ownMetrics: OwnMetrics;
  /** Transitions that the scenarios got, as `occurrence#number`, with repetitions. */
  readonly acted: string[];
  /** Alarms whose repairs were to end. */
  readonly closed: string[];
  stop(): Promise<void>;
}

export async function startTelling({ documents, bus, clock, channels, name = 'action-1', reach = () => undefined }: InstanceOptions): Promise<TellingInstance> {
  const acted: string[] = [];
  const closed: string[] = [];
  const context = contextUnderTest({ documents, bus, clock, name, reach });
  const telling = createTelling(context, channels);
  const handlers = telling.handlers({
    async onTransition(alarm: Alarm, transition: AlarmTransition) {
      acted.push(`${alarm.id}#${transition.transition}`);
    },
    async onClosed(alarm: Alarm) {
      closed.push(alarm.id);
    },
  });
  await telling.workers.start();
  await handlers.start();
  return {
    telling,
    ownMetrics: context.ownMetrics,
    acted,
    closed,
    async stop() {
      await handlers.stop(2_000);
      await telling.workers.stop(2_000);
    },
  };
}

export function contextUnderTest({ name, ...parts }: Pick<ServiceContext, 'documents' | 'bus' | 'clock' | 'reach'> & { readonly name: string }): ServiceContext {
  return {
    ...parts,
    settings: settingsSchema.parse({ PUBLIC_URL: 'https://ops.example.com' }),
    instance: name,
    checkpoints: {} as Checkpoints,
    metricStore: {} as MetricStore,
    logger: createLogger('silent', name),
    ownMetrics: createOwnMetrics(),
  };
}

export interface FakeChannel extends Channel {
  readonly sent: Message[];
}

/** Takes everything, unless `answer` says otherwise. */
export function createFakeChannel(answer: (message: Message) => Delivery | Promise<Delivery> = () => ({ outcome: 'sent', receipt: '250 ok' })): FakeChannel {
  const sent: Message[] = [];
  return {
    name: 'mail',
    sent,
    async send(message) {
      sent.push(message);
      return answer(message);
    },
  };
}

/** Applies a definition as the newest version, or deletes it. */
export async function define(documents: Documents, kind: 'Receiver' | 'Scenario' | 'Playbook', name: string, spec: object | null): Promise<void> {
  const definitions = documents.collection<DefinitionRecord>(collections.definitions);
  const definition = spec && ({ apiVersion: 'opsloop/v1', kind, metadata: { name }, spec } as DefinitionRecord['versions'][number]['definition']);
  const record: DefinitionRecord = { id: `default/${kind}/${name}`, tenant: 'default', kind, name, deleted: spec === null, changedAtMs: 0, managedBy: 'api', versions: [{ version: 1, sinceMs: 0, definition, source: '', author: 'ann', atMs: 0 }] };
  const stored = await definitions.get(record.id);
  await (stored ? definitions.replace(record, stored.version) : definitions.insert(record));
}

export async function publishAlarms(bus: Bus, ...events: readonly AlarmEvent[]): Promise<void> {
  await bus.publish(topics.alarms.name, events.map((event) => ({ key: event.data.occurrence, value: encodeEvent(event), headers: { ce_type: event.type } })));
}

/** A template that appeared in the log of nginx on a host. */
export async function publishLogChange(bus: Bus, host: string, template: string, { atMs, attributes = {} }: { readonly atMs: number; readonly attributes?: Readonly<Record<string, string>> }): Promise<void> {
  const resource = buildResource({ uid: host });
  const event: LogChangeEvent = {
    specversion: '1.0', id: `default/${resource.id}/nginx/${template}/appeared/${atMs}`, source: '/opsloop/aggregator', type: 'log.template-appeared', subject: resource.id, time: new Date(atMs).toISOString(), datacontenttype: 'application/json',
    data: { tenant: 'default', resource, attributes: { host, ...attributes }, service: 'nginx', kind: 'appeared', template, example: template.replace('<*>', '42'), level: 'error', lines: 3, expected: 0, atMs },
  };
  await bus.publish(topics.logChanges.name, [{ key: `default/${resource.id}`, value: encodeEvent(event), headers: { ce_type: event.type } }]);
}

export async function command(bus: Bus, type: AlarmCommand['type'], occurrence: string, by: string, reason: string, atMs: number): Promise<void> {
  const event: AlarmCommand = { specversion: '1.0', id: `${occurrence}/${type}/${by}`, source: '/opsloop/api', type, subject: occurrence, time: new Date(atMs).toISOString(), datacontenttype: 'application/json', data: { tenant: 'default', occurrence, by, reason } };
  await bus.publish(topics.alarmCommands.name, [{ key: occurrence, value: encodeEvent(event) }]);
}

export async function noticesIn(documents: Documents): Promise<Notice[]> {
  const { items } = await documents.collection<Notice>(collections.notices).find({ tenant: 'default' }, { sort: { field: 'createdAtMs', direction: 'asc' }, limit: 1_000 });
  return items.map(({ doc }) => doc);
}

export async function alarmIn(documents: Documents, id: string): Promise<Alarm | undefined> {
  return (await documents.collection<Alarm>(collections.alarms).get(id))?.doc;
}
