import { toldAt } from '@opsloop/contracts/told-at';
import type { AlarmRecord, WorkOrderRecord } from '../api/records.js';

/** One line of the feed: what happened, to what, and where to read on. */
export interface FeedItem {
  readonly id: string;
  readonly at: string;
  readonly what: string;
  readonly text: string;
  readonly about: { readonly kind: 'alarm' | 'work-order'; readonly id: string; readonly name: string };
  readonly level: AlarmRecord['level'] | null;
}

/** The last events of alarms and work orders, newest first, each told once. */
export function buildFeed(alarms: readonly AlarmRecord[], orders: readonly WorkOrderRecord[], most: number): readonly FeedItem[] {
  const ofAlarms = alarms.flatMap((alarm) =>
    alarm.timeline.map((entry, index): FeedItem => ({ id: `${alarm.id}#${index}`, at: toldAt(alarm, entry), what: entry.what, text: entry.text, about: { kind: 'alarm', id: alarm.id, name: alarm.resourceName }, level: entry.what.startsWith('alarm.') && entry.what !== 'alarm.resolved' ? alarm.level : null })),
  );
  // What a work order of an alarm did is in the alarm's timeline as well: it is told there.
  const known = new Set(alarms.map((alarm) => alarm.id));
  const ofOrders = orders
    .filter((order) => order.alarm === undefined || !known.has(order.alarm))
    .flatMap((order) => order.timeline.map((entry, index): FeedItem => ({ id: `${order.id}#${index}`, at: entry.at, what: entry.what, text: entry.text, about: { kind: 'work-order', id: order.id, name: order.title }, level: null })));
  return [...ofAlarms, ...ofOrders].toSorted((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0)).slice(0, most);
}
