import { destination, pino } from 'pino';
import type { Settings } from '@opsloop/contracts';

export type Logger = pino.Logger;

/** JSON lines on standard error; standard output stays free for what people read at the start. */
export function createLogger(level: Settings['LOG_LEVEL'], name: string): Logger {
  return pino({ level, base: { service: name }, timestamp: pino.stdTimeFunctions.isoTime, redact: ['*.authorization', '*.token', '*.secret', '*.password'] }, destination({ fd: 2, sync: true }));
}
