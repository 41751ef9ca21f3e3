import { findMetric, type Alarm, type Level } from '@opsloop/contracts';
import { evidenceRows } from './evidence-rows.js';
import { formatSpan, formatTime } from './format-time.js';
import { formatThreshold, formatValue } from './format-value.js';
import { noticeWords } from './notice-words.js';
import type { ToldAlarm } from './plan-flush.js';
import type { Language } from './wording.js';

export interface NoticeLocale {
  readonly language: Language;
  /** IANA name, for example Asia/Seoul. */
  readonly timeZone: string;
}

export interface NoticeSurroundings extends NoticeLocale {
  /** Address of the page, without a slash at its end. */
  readonly publicUrl: string;
  /** Wall clock. */
  readonly nowMs: number;
}

/** What is said of one alarm, in words; the renderings only lay it out. */
export interface AlarmFacts {
  /** Of the bar and the badge; undefined once it is over. */
  readonly level: Level | undefined;
  readonly badge: string;
  /** CPU utilisation on web-1. */
  readonly headline: string;
  /** 97.3 % (> 95 %); 79 %, not recovered (< 65 %); or how long it took once it is over. */
  readonly finding: string;
  readonly rows: readonly { readonly label: string; readonly lines: readonly string[] }[];
  readonly url: string;
  readonly acknowledgeable: boolean;
}

const maxHistoryLines = 10;
/** Provider and region of what no sender placed anywhere. */
const unsaid = new Set(['', 'none', 'local', 'default']);

export function alarmFacts({ alarm, waiting }: ToldAlarm, surroundings: NoticeSurroundings): AlarmFacts {
  const { language, publicUrl, nowMs } = surroundings;
  const words = noticeWords[language];
  const over = alarm.state === 'resolved';
  const span = formatSpan((alarm.resolvedAtMs ?? nowMs) - alarm.openedAtMs, language);
  const value = formatValue(alarm.value, alarm.unit, language);
  // Yes and no say it already.
  const threshold = alarm.threshold === undefined || alarm.unit === 'bool' ? '' : formatThreshold(alarm.threshold, alarm.unit, language);
  // After its level fell a value meets no threshold any more: to print one beside it would state what is not so.
  const unrecovered = over || alarm.recover === undefined ? undefined : words.notRecovered(alarm.recover === '' ? '' : formatThreshold(alarm.recover, alarm.unit, language));
  const what = findMetric(alarm.metric)?.title[language] ?? alarm.metric;
  const where = placeOf(alarm);
  const { rows } = words;
  return {
    level: over ? undefined : alarm.level,
    badge: badgeOf(alarm, language),
    headline: words.where(what, where),
    finding: over ? `${value}, ${words.after(span)}` : unrecovered !== undefined ? `${value}, ${unrecovered}` : threshold === '' ? value : `${value} (${threshold})`,
    rows: [
      { label: rows.state, lines: [stateLine(alarm, waiting, language)] },
      { label: rows.since, lines: [sinceLine(alarm, span, surroundings)] },
      { label: rows.metric, lines: [`${what} (${alarm.metric}) ${alarm.aggregate} ${value}${unrecovered !== undefined ? `, ${unrecovered}` : threshold === '' ? '' : `, ${words.threshold(threshold)}`}`] },
      { label: rows.resource, lines: [`${where} (${[alarm.resource.provider, alarm.resource.region, alarm.resource.kind].filter((part) => !unsaid.has(part)).join(', ')})`] },
      { label: rows.history, lines: historyLines(waiting, surroundings) },
      { label: rows.reason, lines: alarm.closed || (!alarm.noData && !alarm.flapping) ? [] : [alarm.reason] },
      { label: words.closed, lines: alarm.closed ? [words.by(alarm.closed.by, alarm.closed.reason)] : [] },
      { label: rows.seenBy, lines: alarm.acknowledged ? [words.by(alarm.acknowledged.by, alarm.acknowledged.reason)] : [] },
      { label: rows.doing, lines: workOrderLines(alarm, publicUrl) },
      ...evidenceRows(alarm, language, surroundings.timeZone),
    ].filter((row) => row.lines.length > 0),
    url: `${publicUrl}/alarms/${pathOf(alarm.tenant, alarm.id)}`,
    acknowledgeable: !over && !alarm.acknowledged,
  };
}

/** web-1, or web-1 device=sda. */
export function placeOf(alarm: Alarm): string {
  const labels = Object.entries(alarm.labels).map(([key, value]) => `${key}=${value}`);
  return [alarm.resourceName, ...labels.toSorted()].join(' ');
}

function badgeOf(alarm: Alarm, language: Language): string {
  const words = noticeWords[language];
  if (alarm.state === 'resolved') return alarm.closed ? words.closed : words.resolved;
  return [words.levels[alarm.level], alarm.flapping ? words.flapping : '', alarm.noData ? words.noData : ''].filter((part) => part !== '').join(' · ');
}

function stateLine(alarm: Alarm, waiting: ToldAlarm['waiting'], language: Language): string {
  const words = noticeWords[language];
  const badge = badgeOf(alarm, language);
  if (alarm.state === 'resolved') return `${badge} (${words.was(words.levels[alarm.level])})`;
  const told = waiting[0]?.transition;
  const before = told === undefined ? undefined : alarm.transitions.findLast((one) => one.transition < told);
  return before && before.level !== alarm.level ? `${badge} (${words.was(words.levels[before.level])})` : badge;
}

/** What was decided early is dated by the end of its window: nobody reads of a time that has not come. */
function sinceLine(alarm: Alarm, span: string, { language, timeZone, nowMs }: NoticeSurroundings): string {
  const opened = formatTime(Math.min(alarm.openedAtMs, nowMs), timeZone);
  if (alarm.resolvedAtMs === undefined) return `${opened} (${noticeWords[language].lasting(span)})`;
  return `${opened} – ${formatTime(alarm.resolvedAtMs, timeZone)} (${span})`;
}

/** Only where there is more to tell than the state says. */
function historyLines(waiting: ToldAlarm['waiting'], { language, timeZone }: NoticeSurroundings): string[] {
  if (waiting.length < 2) return [];
  const words = noticeWords[language];
  return waiting.slice(-maxHistoryLines).map((one) => {
    const what = one.type === 'alarm.resolved' ? words.resolved : one.type === 'alarm.closed' ? words.closed : one.type === 'alarm.no-data' ? `${words.levels[one.level]} · ${words.noData}` : words.levels[one.level];
    return `${formatTime(one.atMs, timeZone)} ${what}`;
  });
}

/** The newest thing said of each work order, with its address. */
function workOrderLines(alarm: Alarm, publicUrl: string): string[] {
  return alarm.workOrders.slice(-3).map((id) => {
    const said = alarm.timeline.findLast((entry) => entry.ref === id)?.text;
    const url = `${publicUrl}/work-orders/${pathOf(alarm.tenant, id)}`;
    return said === undefined ? url : `${said}: ${url}`;
  });
}

/** Ids in addresses leave the tenant out: the reader's session knows it. */
function pathOf(tenant: string, id: string): string {
  return encodeURIComponent(id.startsWith(`${tenant}/`) ? id.slice(tenant.length + 1) : id);
}
