import type { Language } from './wording.js';

/** A point in time with its zone, the same in every language and on every version of the runtime: 2026-11-21 10:03:50 UTC. */
export function formatTime(atMs: number, timeZone: string): string {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23', timeZoneName: 'short' });
  const parts = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, value]));
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? '';
  return `${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')}:${part('second')} ${part('timeZoneName')}`;
}

const units = [
  { ms: 86_400_000, en: 'd', ko: '일' },
  { ms: 3_600_000, en: 'h', ko: '시간' },
  { ms: 60_000, en: 'min', ko: '분' },
  { ms: 1_000, en: 's', ko: '초' },
] as const;

/** A length of time in its two largest units: 2 h 5 min, 2시간 5분. */
export function formatSpan(ms: number, language: Language): string {
  let restMs = Math.max(0, ms);
  const parts: string[] = [];
  for (const unit of units) {
    const count = Math.floor(restMs / unit.ms);
    restMs -= count * unit.ms;
    if (count > 0) parts.push(language === 'ko' ? `${count}${unit.ko}` : `${count} ${unit.en}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.length > 0 ? parts.join(' ') : language === 'ko' ? '0초' : '0 s';
}
