import { z } from 'zod';
import { resourceSchema } from './resource.js';

/** One log line as its sender gave it, with what is known about it. */
export const logRecordSchema = z.object({
  timeMs: z.number().describe('event time, ms since the epoch; the arrival where the sender gave none'),
  service: z.string().describe('the program that wrote it; empty when the sender does not say'),
  level: z.string().optional().describe('as the sender wrote it, in small letters'),
  text: z.string(),
  fields: z.record(z.string(), z.string()).optional().describe('everything else, nested names joined by dots'),
});
export type LogRecord = z.infer<typeof logRecordSchema>;

/** The log records of one resource out of one request. The arrival time travels as the record's `arrivalMs`. */
export const logBatchSchema = z.object({
  resource: resourceSchema,
  attributes: z.record(z.string(), z.string()).describe('the fields that identify the resource'),
  source: z.string().describe('who sent it: the name of the token'),
  contentHash: z.string().describe('64 bits over all records, and over their request where no record has a time finer than a second, as 16 hex digits: a batch with the hash of another counts once'),
  records: z.array(logRecordSchema).min(1),
});
export type LogBatch = z.infer<typeof logBatchSchema>;
