import type { Language } from './wording.js';

const locales: Readonly<Record<Language, string>> = { en: 'en-GB', ko: 'ko-KR' };

/** A point in time as people of that language write it, with the zone: 21 Nov 2026, 10:03:50 UTC. */
export function formatTime(atMs: number, language: Language, timeZone: string): string {
  const format = new Intl.DateTimeFormat(locales[language], { timeZone, year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23', timeZoneName: 'short' });
  return format.format(atMs);
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
