import type { AlarmAnswer, DefinitionAnswer, Policy, QueryAnswer } from '@opsloop/contracts';
import { parseComparison } from '@opsloop/contracts/comparison';
import type { ChartBand, ChartMark, ChartThreshold, ChartWindow } from '../chart/chart-layers.js';
import { serverSentence } from '../language/server-sentence.js';
import type { Language } from '../language/words.js';
import { levelWords } from '../level/level-words.js';
import { withLabels } from '../metric/pick-series.js';
import { toMs } from '../time/format-time.js';
import { eventName } from './event-words.js';

const thresholdOrder = ['critical', 'warn', 'info', 'recover'] as const;
const recoverWord = { en: 'recovers', ko: '회복' } as const;

/** The lines of a policy's thresholds; those that are no comparison are left out. */
export function thresholdLines(threshold: Readonly<Partial<Record<(typeof thresholdOrder)[number], unknown>>> | undefined, language: Language): readonly ChartThreshold[] {
  return thresholdOrder.flatMap((level) => {
    const text = threshold?.[level];
    const comparison = typeof text === 'string' ? parseComparison(text) : undefined;
    if (!comparison) return [];
    const word = level === 'recover' ? recoverWord[language] : levelWords[language][level];
    return [{ level, value: comparison.value, label: `${word} ${comparison.operator} ${comparison.value}` }];
  });
}

/** The policy in the version that judged the alarm; undefined when it is not kept any more. */
export function policyOf(answer: DefinitionAnswer | undefined, version: number): Policy | undefined {
  const definition = answer?.versions?.find((one) => one.version === version)?.definition ?? (answer?.version === version ? answer.definition : undefined);
  return definition?.kind === 'Policy' ? (definition as Policy) : undefined;
}

/** The series that the alarm is about; of a count over log templates, those that it names. */
export function alarmSeries<T extends QueryAnswer['series'][number]>(series: readonly T[], { labels, transitions }: Pick<AlarmAnswer, 'labels' | 'transitions'>): readonly T[] {
  const own = withLabels(series, labels);
  return own.length > 0 ? own : series.filter((one) => one.labels['template'] !== undefined && transitions.some(({ reason }) => reason.includes(`"${one.labels['template']!}"`)));
}

/** With the value that raised it, where its window will be: until that has closed, history does not hold it. */
export function withDeciding<T extends QueryAnswer['series'][number]>(series: readonly T[], { trace, transitions }: Pick<AlarmAnswer, 'trace' | 'transitions'>, windowMs: number): readonly T[] {
  const [only, ...more] = series;
  const value = transitions[0]?.value ?? null;
  if (!only || more.length > 0 || value === null) return series;
  const startMs = Math.floor(toMs(trace.sample) / windowMs) * windowMs;
  if (only.points.some(([atMs, measured]) => atMs === startMs && measured !== null)) return series;
  const others = only.points.filter(([atMs]) => atMs !== startMs);
  return [{ ...only, points: [...others, [startMs, value] as const].toSorted(([a], [b]) => a - b) }];
}

/** Held before it opened; then open, at its level, until it was resolved. */
export function alarmBands(alarm: Pick<AlarmAnswer, 'pendingSince' | 'openedAt' | 'resolvedAt' | 'level'>, nowMs: number): readonly ChartBand[] {
  const openedMs = toMs(alarm.openedAt);
  return [
    { kind: 'pending', fromMs: toMs(alarm.pendingSince), toMs: openedMs },
    { kind: 'open', level: alarm.level, fromMs: openedMs, toMs: alarm.resolvedAt === undefined ? nowMs : toMs(alarm.resolvedAt) },
  ];
}

/** The windows by which its repairs were judged. */
export function judgedWindows(alarm: Pick<AlarmAnswer, 'workOrderDetails' | 'resourceId'>): readonly ChartWindow[] {
  return alarm.workOrderDetails.flatMap((order) => {
    const targets = order.targets.filter((target) => target.resource === alarm.resourceId).map((target) => target.id);
    return (order.verification?.targets ?? []).filter((one) => targets.includes(one.target)).flatMap((one) => one.evidence.map((window) => ({ startMs: toMs(window.start), endMs: toMs(window.end), ok: window.ok })));
  });
}

const markKinds: Readonly<Record<string, ChartMark['kind']>> = {
  'alarm.opened': 'opened', 'alarm.no-data': 'opened', 'alarm.level-changed': 'changed', 'alarm.resolved': 'resolved', 'alarm.acknowledged': 'acknowledged',
  'notice.sent': 'notice', 'notice.outbox': 'notice', 'work-order.requested': 'work-order', 'work-order.running': 'run', 'work-order.verified': 'verified',
};

/** Moments that are worth a mark: opened, told, repaired, verified, resolved. */
export function alarmMarks(nodes: readonly { readonly what: string; readonly atMs: number; readonly text: string }[], language: Language): readonly ChartMark[] {
  return nodes.flatMap(({ what, atMs, text }) => {
    const kind = markKinds[what];
    return kind ? [{ kind, atMs, label: [eventName(what, language) ?? what, serverSentence(text, language)].filter((part) => part !== '').join(': ') }] : [];
  });
}
