import type { MetricAnswer } from '@opsloop/contracts';
import { titleIn } from '../language/titled.js';
import type { Language } from '../language/words.js';

export interface MetricGroup {
  readonly name: string;
  readonly metrics: readonly MetricAnswer[];
  readonly seen: number;
}

/** The catalogue as a tree of two levels: what stands before the first dot, then its metrics. Groups that are measured come first. */
export function groupMetrics(metrics: readonly MetricAnswer[], text: string, onlySeen: boolean, language: Language): readonly MetricGroup[] {
  const wanted = text.trim().toLowerCase().split(/\s+/);
  const groups = new Map<string, MetricAnswer[]>();
  for (const metric of metrics) {
    if (onlySeen && !metric.seen) continue;
    const haystack = `${metric.name} ${titleIn(metric.title, language, '')} ${titleIn(metric.title, 'en', '')}`.toLowerCase();
    if (!wanted.every((part) => haystack.includes(part))) continue;
    const dot = metric.name.indexOf('.');
    const name = dot < 0 ? '' : metric.name.slice(0, dot);
    const members = groups.get(name);
    if (members) members.push(metric);
    else groups.set(name, [metric]);
  }
  return [...groups]
    .map(([name, members]) => ({ name, metrics: members.toSorted((a, b) => Number(b.seen) - Number(a.seen) || (a.name < b.name ? -1 : 1)), seen: members.filter((metric) => metric.seen).length }))
    .toSorted((a, b) => Number(b.seen > 0) - Number(a.seen > 0) || (a.name < b.name ? -1 : 1));
}
