import type { Language } from '../language/words.js';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const unitNames = {
  en: { ms: ' ms', s: ' s', m: ' min', h: ' h', d: ' d' },
  ko: { ms: 'ms', s: '초', m: '분', h: '시간', d: '일' },
} as const;

/** Milliseconds since the epoch of an API time. */
export function toMs(at: string | number): number {
  return typeof at === 'number' ? at : Date.parse(at);
}

/** A length of time in at most two units: `380 ms`, `2.3 s`, `1 min 20 s`, `3 h 5 min`. */
export function formatLength(ms: number, language: Language): string {
  const names = unitNames[language];
  const length = Math.max(0, ms);
  if (length < second) return `${Math.floor(length)}${names.ms}`;
  if (length < 10 * second) return `${trimZero((Math.floor(length / 100) / 10).toFixed(1))}${names.s}`;
  if (length < minute) return `${Math.floor(length / second)}${names.s}`;
  if (length < hour) return twoUnits(length, minute, names.m, second, names.s);
  if (length < day) return twoUnits(length, hour, names.h, minute, names.m);
  return twoUnits(length, day, names.d, hour, names.h);
}

function twoUnits(length: number, big: number, bigName: string, small: number, smallName: string): string {
  const whole = Math.floor(length / big);
  const rest = Math.floor((length % big) / small);
  return rest === 0 ? `${whole}${bigName}` : `${whole}${bigName} ${rest}${smallName}`;
}

function trimZero(text: string): string {
  return text.endsWith('.0') ? text.slice(0, -2) : text;
}

/** How long ago, in one unit: `now`, `12 s ago`, `4 min ago`; times to come: `in 5 min`. */
export function formatRelative(atMs: number, nowMs: number, language: Language): string {
  const distance = nowMs - atMs;
  const size = Math.abs(distance);
  if (size < 2 * second) return language === 'ko' ? '방금' : 'now';
  const names = unitNames[language];
  const text =
    size < minute ? `${Math.floor(size / second)}${names.s}`
    : size < hour ? `${Math.floor(size / minute)}${names.m}`
    : size < day ? `${Math.floor(size / hour)}${names.h}`
    : `${Math.floor(size / day)}${names.d}`;
  if (distance >= 0) return language === 'ko' ? `${text} 전` : `${text} ago`;
  return language === 'ko' ? `${text} 후` : `in ${text}`;
}

const exactFormats = {
  en: new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'long' }),
  ko: new Intl.DateTimeFormat('ko-KR', { dateStyle: 'medium', timeStyle: 'long' }),
};

/** Date, time and zone, as the reader's machine has it. */
export function formatExact(atMs: number, language: Language): string {
  return exactFormats[language].format(atMs);
}

const clockFormat = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const dayFormats = {
  en: new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' }),
  ko: new Intl.DateTimeFormat('ko-KR', { day: 'numeric', month: 'short' }),
};

/** `14:03:20`; on another day than today with the date before it. */
export function formatClock(atMs: number, nowMs: number, language: Language): string {
  const clock = clockFormat.format(atMs);
  return new Date(atMs).toDateString() === new Date(nowMs).toDateString() ? clock : `${dayFormats[language].format(atMs)} ${clock}`;
}

/** A time on a chart's axis: as coarse as the distance between two ticks allows. */
export function formatTick(atMs: number, tickMs: number, language: Language): string {
  if (tickMs >= day) return dayFormats[language].format(atMs);
  const clock = clockFormat.format(atMs);
  const text = tickMs >= minute ? clock.slice(0, 5) : clock;
  return text === '00:00' ? dayFormats[language].format(atMs) : text;
}
