import type { Language } from '../language/words.js';

/** The time zone of whoever reads. */
export const readerZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** `Mon, 23 Nov, 06:30` as the clocks of a zone show it; undefined for a zone that this browser does not know. */
export function formatZoned(atMs: number, timeZone: string, language: Language): string | undefined {
  try {
    return new Intl.DateTimeFormat(language === 'ko' ? 'ko-KR' : 'en-GB', { timeZone, weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(atMs);
  } catch {
    return undefined;
  }
}

/** Whether the clocks of two zones show the same at a time. */
export function isSameClock(atMs: number, one: string, other: string): boolean {
  return formatZoned(atMs, one, 'en') === formatZoned(atMs, other, 'en');
}
