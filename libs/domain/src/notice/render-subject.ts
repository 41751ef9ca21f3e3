import { levels, type Level } from '@opsloop/contracts';
import { alarmFacts, placeOf, type NoticeSurroundings } from './alarm-facts.js';
import { formatSpan } from './format-time.js';
import { noticeWords } from './notice-words.js';
import type { FlushPlan, ToldAlarm } from './plan-flush.js';

const maxLength = 150;
const namedPlaces = 3;

/** Level word, what, where, value: the line that is read on a phone's lock screen. One line, at most 150 characters. */
export function renderSubject(plan: Pick<FlushPlan, 'told' | 'kind'>, surroundings: NoticeSurroundings): string {
  const [first] = plan.told;
  const text = plan.told.length === 1 && first ? singleSubject(first, plan.kind, surroundings) : manySubject(plan, surroundings);
  return oneLine(text);
}

function singleSubject(told: ToldAlarm, kind: FlushPlan['kind'], surroundings: NoticeSurroundings): string {
  const words = noticeWords[surroundings.language];
  const facts = alarmFacts(told, surroundings);
  const still = kind === 'repeat' && facts.level ? `${words.stillOpen(formatSpan(surroundings.nowMs - told.alarm.openedAtMs, surroundings.language))}: ` : '';
  return `${bracket(kind, facts.badge, surroundings)} ${still}${facts.headline}: ${facts.finding}`;
}

function manySubject({ told, kind }: Pick<FlushPlan, 'told' | 'kind'>, surroundings: NoticeSurroundings): string {
  const words = noticeWords[surroundings.language];
  const open = told.filter((one) => one.alarm.state === 'open');
  const worst = open.map((one) => one.alarm.level).reduce<Level | undefined>((a, b) => (a === undefined || levels.indexOf(b) > levels.indexOf(a) ? b : a), undefined);
  const places = [...new Set((open.length > 0 ? open : told).map((one) => placeOf(one.alarm)))];
  const more = places.length > namedPlaces ? ` ${words.more(places.length - namedPlaces)}` : '';
  const policies = new Set(told.map((one) => one.alarm.policy));
  const what = policies.size === 1 ? ` ${[...policies][0]!}` : '';
  const badge = worst === undefined ? words.resolved : words.levels[worst];
  return `${bracket(kind, badge, surroundings)}${what} ${words.count(open.length, told.length - open.length)}: ${places.slice(0, namedPlaces).join(', ')}${more}`;
}

function bracket(kind: FlushPlan['kind'], badge: string, { language }: NoticeSurroundings): string {
  return kind === 'escalation' ? `[${noticeWords[language].escalation} · ${badge}]` : `[${badge}]`;
}

/** Without line breaks and other control characters, cut at the length. */
function oneLine(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  const letters = [...line];
  return letters.length > maxLength ? `${letters.slice(0, maxLength - 1).join('')}…` : line;
}
