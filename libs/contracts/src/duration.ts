import { z } from 'zod';
import { parseDurationMs } from './duration-text.js';

export { formatDuration, parseDurationMs } from './duration-text.js';

/** Accepts `90s`, `2m`, `1h`; the parsed value stays text, `parseDurationMs` reads it. */
export const durationSchema = z.string().refine((text) => parseDurationMs(text) !== undefined, {
  error: 'is not a duration: write a number and ms, s, m, h, d or w, for example 90s or 2m',
});
