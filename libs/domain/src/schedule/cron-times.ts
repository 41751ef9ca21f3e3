import type { ScheduleSpec } from '@opsloop/contracts';
import { CronExpressionParser } from 'cron-parser';
import type { FieldProblem } from '../definition/explain-schema-issue.js';
import { createZoneClock } from './zone-clock.js';

type CronTimes = Pick<ScheduleSpec, 'cron' | 'timeZone'>;

const macros: readonly string[] = ['@hourly', '@daily', '@weekly', '@monthly', '@yearly'];
/** Between two work orders of a schedule; cron itself knows no less. */
const shortestMs = 60_000;
const looksAhead = 10;

/** What keeps the schedule from ever being due, each at the field that holds it. */
export function scheduleProblems({ cron, timeZone }: CronTimes): FieldProblem[] {
  if (isTimeZone(timeZone)) return cronProblems({ cron, timeZone });
  const message = `"${timeZone}" is no time zone: write its IANA name, for example Europe/Berlin`;
  return [...cronProblems({ cron, timeZone: 'UTC' }), { path: ['spec', 'timeZone'], message }];
}

function cronProblems({ cron, timeZone }: CronTimes): FieldProblem[] {
  const fields = cron.trim().split(/\s+/).length;
  const refused = (why: string): FieldProblem[] => [{ path: ['spec', 'cron'], message: `"${cron}" ${why}` }];
  if (cron.startsWith('@')) return macros.includes(cron) ? [] : refused(`is not known: write ${macros.join(', ')} or five fields`);
  if (fields !== 5 && fields !== 6) return refused(`has ${fields} fields: write minute hour day month weekday, for example "30 6 * * 1-5"`);
  try {
    if (/(^|[\s,])H/.test(cron)) return refused('holds an H, which stands for no fixed time: write a number');
    const times = cronTimes({ cron, timeZone }, { afterMs: 0, limit: looksAhead });
    if (times.length === 0) return refused('is never due');
    return times.some((time, i) => i > 0 && time - times[i - 1]! < shortestMs) ? refused('is due more often than once a minute: write one number for the seconds') : [];
  } catch (error) {
    return refused(`is not a cron expression: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/**
 * The first times after `afterMs` (ms since the epoch) at which the schedule is due, ascending, none beyond `untilMs`.
 * Where clocks go back a fixed hour is due once, and one of every hour goes on; where they go forward a skipped time is
 * due as much later as they skip.
 */
export function cronTimes({ cron, timeZone }: CronTimes, { afterMs, untilMs = Infinity, limit }: { readonly afterMs: number; readonly untilMs?: number; readonly limit: number }): number[] {
  const clock = createZoneClock(timeZone);
  // The parser only counts wall times: of zones it leaves times out, repeats them or loses its way where clocks change oddly.
  const expression = CronExpressionParser.parse(cron, { currentDate: new Date(clock.firstWallAfter(afterMs) - 1_000), tz: 'UTC' });
  const isOfEveryHour = expression.fields.hour.values.length === 24;
  const times: number[] = [];
  let waiting: number[] = [];
  while (times.length < limit) {
    const wallMs = nextOf(expression);
    const { instants, laterThanMs } = wallMs === undefined ? { instants: [], laterThanMs: Infinity } : clock.showings(wallMs);
    waiting = [...waiting, ...(isOfEveryHour ? instants : instants.slice(0, 1))].toSorted((a, b) => a - b);
    for (const ms of waiting.filter((one) => one <= laterThanMs && one <= untilMs)) {
      if (ms > (times.at(-1) ?? afterMs)) times.push(ms);
    }
    waiting = waiting.filter((one) => one > laterThanMs);
    if (wallMs === undefined || laterThanMs > untilMs) break;
  }
  return times.slice(0, limit);
}

/** Undefined: it is never due again. */
function nextOf(expression: { next(): { getTime(): number } }): number | undefined {
  try {
    return expression.next().getTime();
  } catch {
    return undefined;
  }
}

/**
 * The newest times in (afterMs, untilMs], ascending: all of them, or the newest `limit` and more. Looks back in growing
 * steps, so that a long absence costs little.
 */
export function latestCronTimes(spec: CronTimes, { afterMs, untilMs, limit }: { readonly afterMs: number; readonly untilMs: number; readonly limit: number }): number[] {
  for (let spanMs = limit * shortestMs; ; spanMs *= 8) {
    const fromMs = Math.max(afterMs, untilMs - spanMs);
    const times = cronTimes(spec, { afterMs: fromMs, untilMs, limit: Infinity });
    if (times.length >= limit || fromMs === afterMs) return times;
  }
}
