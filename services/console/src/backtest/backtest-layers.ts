import type { BacktestItem } from '@opsloop/contracts';
import type { ChartBand, ChartMark } from '../chart/chart-layers.js';
import { toMs } from '../time/format-time.js';

type Drawn = NonNullable<BacktestItem['drawn']>[number];
type Labels = Readonly<Record<string, string>>;

/** The alarms of the series that are drawn, as stretches of time; those still open last to the end. */
export function backtestBands({ alarms, to }: Pick<BacktestItem, 'alarms' | 'to'>, drawn: readonly Pick<Drawn, 'resource' | 'labels'>[]): readonly ChartBand[] {
  const keys = new Set(drawn.map(keyOf));
  return alarms.filter((alarm) => keys.has(keyOf(alarm))).map((alarm) => ({ kind: 'open', level: alarm.level, fromMs: toMs(alarm.openedAt), toMs: toMs(alarm.resolvedAt ?? to) }));
}

/** Who would have been told, and what would have been done. What cooldowns and limits hold back is no mark. */
export function backtestMarks({ pages, orders }: Pick<BacktestItem, 'pages' | 'orders'>, words: { readonly page: string; readonly order: string }): readonly ChartMark[] {
  return [
    ...pages.map((page): ChartMark => ({ atMs: toMs(page.at), kind: 'notice', label: `${words.page}: ${page.receiver}` })),
    ...orders.filter((order) => order.heldBack === undefined).map((order): ChartMark => ({ atMs: toMs(order.at), kind: 'work-order', label: `${words.order}: ${order.playbook}` })),
  ];
}

function keyOf({ resource, labels }: { readonly resource: string; readonly labels: Labels }): string {
  return JSON.stringify([resource, Object.entries(labels).toSorted()]);
}
