import { logSeverities } from '@opsloop/contracts';

type LogSeverity = (typeof logSeverities)[number];

const names: Readonly<Record<string, LogSeverity>> = {
  trace: 'debug', debug: 'debug', verbose: 'debug', fine: 'debug', finer: 'debug', finest: 'debug', d: 'debug',
  info: 'info', information: 'info', informational: 'info', notice: 'info', i: 'info',
  warn: 'warn', warning: 'warn', w: 'warn',
  error: 'error', err: 'error', severe: 'error', e: 'error',
  critical: 'critical', crit: 'critical', fatal: 'critical', alert: 'critical', emerg: 'critical', emergency: 'critical', panic: 'critical', c: 'critical', f: 'critical',
};
/** RFC 5424: 0 emergency to 7 debug. */
const syslog: readonly LogSeverity[] = ['critical', 'critical', 'critical', 'error', 'warn', 'info', 'info', 'debug'];
/** Bunyan and pino: 10 trace to 60 fatal. */
const tens: readonly LogSeverity[] = ['debug', 'debug', 'debug', 'info', 'warn', 'error', 'critical'];

/** What a sender's name or number of a level means; undefined when it is none that is known. */
export function severityOf(level: string): LogSeverity | undefined {
  const text = level.trim().toLowerCase();
  const number = /^\d+$/.test(text) ? Number(text) : undefined;
  if (number === undefined) return names[text];
  return number <= 7 ? syslog[number] : tens[number / 10];
}
