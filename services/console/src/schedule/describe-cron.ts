/**
 * A cron expression as people say it. What has no short sentence is not described: the expression stands for itself.
 * Ours, since cronstrue says "and" where a day of the month or a weekday is enough, and lets `0/15 9-17` last until 17:59.
 */
import type { Language } from '../language/words.js';
import { cronWords, type CronWords } from './cron-words.js';

const macros: Readonly<Record<string, string>> = { '@hourly': '0 * * * *', '@daily': '0 0 * * *', '@weekly': '0 0 * * 0', '@monthly': '0 0 1 * *', '@yearly': '0 0 1 1 *' };
const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
/** Times of the day, or days, that are told one by one. */
const mostListed = 6;

/** `Monday to Friday at 06:30`, `every 15 minutes, from 09:00 to 17:45`; undefined for what it has no words for, and for what is no cron expression. */
export function describeCron(cron: string, language: Language): string | undefined {
  const parts = (macros[cron.trim()] ?? cron).trim().toUpperCase().split(/\s+/);
  if (parts.length === 5) parts.unshift('0');
  if (parts.length !== 6) return undefined;
  const [seconds, minutes, hours, days, inMonths, onWeekdays] = [values(parts[0]!, 0, 59), values(parts[1]!, 0, 59), values(parts[2]!, 0, 23), values(parts[3]!, 1, 31), values(parts[4]!, 1, 12, months), values(parts[5]!, 0, 7, weekdays)];
  if (seconds?.length !== 1 || !minutes || !hours || !inMonths || !onWeekdays) return undefined;
  const words = cronWords[language];
  const when = daysText(days ?? (parts[3] === 'L' ? 'last' : undefined), [...new Set(onWeekdays.map((day) => day % 7))], words);
  if (when === undefined) return undefined;
  const season = inMonths.length === 12 ? undefined : words.months(inMonths);
  const times = timesOfDay(seconds[0]!, minutes, hours);
  if (times) return words.at(when === '' ? words.everyDay : when, times, season);
  const rhythm = seconds[0] === 0 ? rhythmText(minutes, hours, words) : undefined;
  return rhythm && [rhythm, when, season].filter((part) => part !== undefined && part !== '').join(', ');
}

/** The values of a field, ascending; undefined for what is more than numbers, names, ranges, lists and steps. */
function values(field: string, least: number, most: number, names: readonly string[] = []): readonly number[] | undefined {
  const found = new Set<number>();
  for (const part of field.split(',')) {
    const match = /^(?:(\*|\?)|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(part);
    if (!match) return undefined;
    const [, all, from = '', to, step] = match;
    const valueOf = (text: string): number => (names.includes(text) ? names.indexOf(text) + (least === 1 ? 1 : 0) : /^\d+$/.test(text) ? Number(text) : Number.NaN);
    const first = all ? least : valueOf(from);
    const last = all || (to === undefined && step !== undefined) ? (most === 7 ? 6 : most) : valueOf(to ?? from);
    if (!(first >= least && last <= most && first <= last) || step === '0') return undefined;
    for (let value = first; value <= last; value += Number(step ?? 1)) found.add(value);
  }
  return [...found].toSorted((a, b) => a - b);
}

/** Undefined: too many to be listed. */
function timesOfDay(second: number, minutes: readonly number[], hours: readonly number[]): readonly string[] | undefined {
  if (minutes.length * hours.length > mostListed || hours.length === 24) return undefined;
  return hours.flatMap((hour) => minutes.map((minute) => (second === 0 ? clock(hour, minute) : `${clock(hour, minute)}:${two(second)}`)));
}

function rhythmText(minutes: readonly number[], hours: readonly number[], words: CronWords): string | undefined {
  const everyMinutes = evenStep(minutes, 60);
  const everyHours = evenStep(hours, 24);
  const span = isRow(hours) && hours.length < 24 ? words.span(clock(hours[0]!, minutes[0]!), clock(hours.at(-1)!, minutes.at(-1)!)) : undefined;
  const within = (rhythm: string): string | undefined => (hours.length === 24 ? rhythm : span && `${rhythm}, ${span}`);
  if (minutes.length === 1) {
    if (everyHours !== undefined && everyHours > 1) return words.everyHours(everyHours, minutes[0]!);
    return within(words.everyHours(1, hours.length === 24 ? minutes[0]! : 0));
  }
  if (everyMinutes !== undefined) return within(words.everyMinutes(everyMinutes));
  return minutes.length <= mostListed && hours.length === 24 ? words.atMinutes(minutes) : undefined;
}

/** The distance of values that go round evenly: 0, 15, 30, 45 of 60 is 15. */
function evenStep(list: readonly number[], round: number): number | undefined {
  const step = round / list.length;
  return Number.isInteger(step) && list.every((value, index) => value === index * step) ? step : undefined;
}

/** Empty: every day. Undefined: no words for it. */
function daysText(days: readonly number[] | 'last' | undefined, onWeekdays: readonly number[], words: CronWords): string | undefined {
  if (days === undefined) return undefined;
  const ofMonth = days === 'last' ? words.lastDay : days.length === 31 ? undefined : days.length <= mostListed || isRow(days) ? words.days(rangesOf(days)) : null;
  if (ofMonth === null) return undefined;
  // Monday begins the week, so that a weekend is a row too.
  const sorted = onWeekdays.map((day) => (day + 6) % 7).toSorted((a, b) => a - b);
  const ofWeek = sorted.length === 7 ? undefined : words.weekdays(rangesOf(sorted));
  // Where both are said, either is enough.
  return ofMonth !== undefined && ofWeek !== undefined ? words.either(ofMonth, ofWeek) : (ofMonth ?? ofWeek ?? '');
}

function isRow(list: readonly number[]): boolean {
  return list.every((value, index) => value === list[0]! + index);
}

/** Three and more in a row are told as a range. */
function rangesOf(list: readonly number[]): readonly (readonly [from: number, to: number])[] {
  return list.length >= 3 && isRow(list) ? [[list[0]!, list.at(-1)!]] : list.map((value) => [value, value]);
}

function clock(hour: number, minute: number): string {
  return `${two(hour)}:${two(minute)}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
