export interface Topic {
  readonly name: string;
  /** Never changes within a topic's version: keys would move. */
  readonly partitions: number;
  readonly key: string;
  readonly value: string;
}

/** Every topic of the bus. metrics.window has the partitions of metrics.raw: window partition n is fed by raw partition n alone. */
export const topics = {
  intake: { name: 'metrics.intake.v1', partitions: 16, key: 'any, or none', value: 'line protocol with times in nanoseconds, as agents write it to the bus themselves' },
  raw: { name: 'metrics.raw.v1', partitions: 16, key: 'tenant/resource', value: 'RawBatch (wire); empty value: tick' },
  window: { name: 'metrics.window.v1', partitions: 16, key: 'tenant/resource', value: 'WindowBatch (wire); empty value: tick' },
  logs: { name: 'logs.raw.v1', partitions: 16, key: 'tenant/resource; tick', value: 'LogBatch' },
  conditions: { name: 'conditions.v1', partitions: 4, key: 'tenant/policy/group; progress: tick', value: 'ConditionRecord: what a group is told of a resource, or how far a window partition has got' },
  logChanges: { name: 'log-changes.v1', partitions: 8, key: 'tenant/resource', value: 'LogChangeEvent' },
  alarms: { name: 'alarms.v1', partitions: 8, key: 'tenant/occurrence', value: 'AlarmEvent' },
  alarmCommands: { name: 'alarm-commands.v1', partitions: 8, key: 'tenant/occurrence', value: 'AlarmCommand' },
  workOrders: { name: 'work-orders.v1', partitions: 8, key: 'tenant/work-order', value: 'WorkOrderEvent' },
  runs: { name: 'runs.v1', partitions: 8, key: 'tenant/run', value: 'RunEvent' },
  notices: { name: 'notices.v1', partitions: 8, key: 'tenant/notice', value: 'NoticeEvent' },
} as const satisfies Record<string, Topic>;

/** Where records go that can never succeed; same partition count and key as the topic. */
export function deadLetterTopic(topic: string): string {
  return `${topic}.dlq`;
}

export function isDeadLetterTopic(topic: string): boolean {
  return topic.endsWith('.dlq');
}

/** A tick carries no value: it moves the arrival clock of its partition. */
export const tickKey = 'tick';

export function partitionsOf(topic: string): number {
  const name = isDeadLetterTopic(topic) ? topic.slice(0, -'.dlq'.length) : topic;
  const known = Object.values(topics).find((one) => one.name === name);
  if (!known) throw new Error(`unknown topic ${topic}: every topic is declared in contracts/topics`);
  return known.partitions;
}
