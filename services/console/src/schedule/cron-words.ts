import type { Language } from '../language/words.js';

type Ranges = readonly (readonly [from: number, to: number])[];

export interface CronWords {
  readonly everyDay: string;
  readonly lastDay: string;
  at(when: string, times: readonly string[], season: string | undefined): string;
  everyMinutes(count: number): string;
  everyHours(count: number, minute: number): string;
  atMinutes(minutes: readonly number[]): string;
  span(from: string, to: string): string;
  /** 0 is Monday. */
  weekdays(ranges: Ranges): string;
  days(ranges: Ranges): string;
  /** 1 is January. */
  months(months: readonly number[]): string;
  either(a: string, b: string): string;
}

const monday = Date.UTC(2024, 0, 1);
const dayMs = 86_400_000;

function weekdayNames(locale: string): readonly string[] {
  const format = new Intl.DateTimeFormat(locale, { weekday: locale === 'ko' ? 'short' : 'long', timeZone: 'UTC' });
  return Array.from({ length: 7 }, (_, day) => format.format(monday + day * dayMs));
}
const english = weekdayNames('en');
const korean = weekdayNames('ko');
const and = new Intl.ListFormat('en-GB', { type: 'conjunction' });
const monthName = new Intl.DateTimeFormat('en', { month: 'long', timeZone: 'UTC' });

export const cronWords: Readonly<Record<Language, CronWords>> = {
  en: {
    everyDay: 'every day',
    lastDay: 'the last day of the month',
    at: (when, times, season) => `${when}${season === undefined ? '' : ` ${season}`} at ${and.format(times)}`,
    everyMinutes: (count) => (count === 1 ? 'every minute' : `every ${count} minutes`),
    everyHours: (count, minute) => `${count === 1 ? 'every hour' : `every ${count} hours`}${minute === 0 ? '' : `, ${minute} min past`}`,
    atMinutes: (minutes) => `every hour, ${and.format(minutes.map(String))} min past`,
    span: (from, to) => `from ${from} to ${to}`,
    weekdays: (ranges) => and.format(ranges.map(([from, to]) => (from === to ? english[from]! : `${english[from]!} to ${english[to]!}`))),
    days: (ranges) => `day ${and.format(ranges.map(([from, to]) => (from === to ? String(from) : `${from} to ${to}`)))} of the month`,
    months: (months) => `in ${and.format(months.map((month) => monthName.format(Date.UTC(2024, month - 1, 1))))}`,
    either: (a, b) => `${a} or ${b}`,
  },
  ko: {
    everyDay: '매일',
    lastDay: '매월 마지막 날',
    at: (when, times, season) => `${season === undefined ? '' : `${season}의 `}${when} ${times.join(', ')}`,
    everyMinutes: (count) => (count === 1 ? '1분마다' : `${count}분마다`),
    everyHours: (count, minute) => `${count}시간마다${minute === 0 ? '' : ` ${minute}분에`}`,
    atMinutes: (minutes) => `매시 ${minutes.map((minute) => `${minute}분`).join(', ')}`,
    span: (from, to) => `${from}~${to}`,
    weekdays: (ranges) => (ranges.length === 1 && ranges[0]![0] === ranges[0]![1] ? `매주 ${korean[ranges[0]![0]]!}요일` : `매주 ${ranges.map(([from, to]) => (from === to ? korean[from]! : `${korean[from]!}~${korean[to]!}`)).join('·')}`),
    days: (ranges) => `매월 ${ranges.map(([from, to]) => (from === to ? `${from}일` : `${from}~${to}일`)).join(', ')}`,
    months: (months) => months.map((month) => `${month}월`).join('·'),
    either: (a, b) => `${a} 또는 ${b}`,
  },
};
