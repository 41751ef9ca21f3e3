import { z } from 'zod';
import { parseDurationMs } from '@opsloop/contracts';

export const listShape = {
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe('most items in the answer'),
  cursor: z.string().max(2000).optional().describe('nextCursor of the page before'),
};

/** ISO 8601, milliseconds since the epoch, or a time before now such as -1h. */
export const timeSchema = z
  .string()
  .refine((text) => readTime(text, 0) !== undefined, { error: 'is not a time: write ISO 8601 such as 2026-01-31T12:00:00Z, milliseconds since the epoch, or a time before now such as -1h' })
  .describe('ISO 8601, milliseconds since the epoch, or -1h');

export function readTime(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  if (text === 'now') return nowMs;
  if (text.startsWith('-') && parseDurationMs(text.slice(1)) !== undefined) return nowMs - parseDurationMs(text.slice(1))!;
  if (/^\d{1,16}$/.test(text)) return Number(text);
  if (!/^\d{4}-\d{2}-\d{2}/.test(text)) return undefined;
  const ms = Date.parse(/[zZ]|[+-]\d{2}:?\d{2}$/.test(text) || text.length === 10 ? text : `${text}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}

/** A range of a field, as a Documents filter; undefined when neither end is given. */
export function timeRange(from: string | undefined, to: string | undefined, nowMs: number): { gte?: number; lt?: number } | undefined {
  const fromMs = readTime(from, nowMs);
  const toMs = readTime(to, nowMs);
  if (fromMs === undefined && toMs === undefined) return undefined;
  return { ...(fromMs !== undefined && { gte: fromMs }), ...(toMs !== undefined && { lt: toMs }) };
}
