import type { LogRecord } from '@opsloop/contracts';
import { identityTags, refuseTime, type Refusal } from '@opsloop/domain';
import { flattenFields } from './flatten-fields.js';
import { maxRecordLength, maxTextLength } from './log-limits.js';
import { readLogTime } from './read-log-time.js';

/** A record, and the tags by which its resource is found. */
export interface ReadRecord {
  readonly record: LogRecord;
  readonly tags: ReadonlyMap<string, string>;
  readonly isCut: boolean;
  /** Its sender gave it a time; else it has that of its arrival. */
  readonly isTimed: boolean;
  /** Its sender gave it a time finer than a second, which hardly two lines with the same text share. */
  readonly isFinelyTimed: boolean;
}

/** Where agents put the line, in the order in which they are looked for. */
const textNames = ['message', 'log', 'msg', 'MESSAGE', 'text', 'body', 'event.original'];
const timeNames = ['timestamp', '@timestamp', 'date', 'time', 'ts'];
const levelNames = ['level', 'severity', 'lvl', 'levelname', 'log.level', 'severity_text', 'loglevel'];
const serviceNames = ['service', 'service.name', 'kubernetes.container_name', 'container_name', 'app', 'application', 'appname', 'program', 'ident', 'SYSLOG_IDENTIFIER', '_SYSTEMD_UNIT'];
/** All become `host`, which identifies the resource. */
const hostNames = ['host', 'hostname', 'host.name', 'host.hostname', 'kubernetes.host', '_HOSTNAME', 'agent.hostname'];
/** Whose a record is, and what it says, does not depend on how much stands before it. */
const keptNames: ReadonlySet<string> = new Set([textNames, timeNames, levelNames, serviceNames, hostNames, identityTags].flat());

export interface RecordSettings {
  readonly arrivalMs: number;
  readonly retentionMs: number;
  /** What its sender can do about what is not JSON. */
  readonly mend: string;
}

/** One log record, in JSON as Vector, Fluent Bit, Telegraf or anybody's own program writes it, or why it is not taken. `blank`: an empty line of a log, which is nothing wrong and says nothing. */
export function readLogRecord(text: string, settings: RecordSettings): ReadRecord | Refusal | 'blank' {
  if (text.length > maxRecordLength) return { reason: 'length', message: `the record has ${text.length} characters, at most ${maxRecordLength} are taken: send smaller ones` };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { reason: 'syntax', message: `not JSON: ${JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text)}: ${settings.mend}` };
  }
  try {
    return readRecord(value, settings);
  } catch (error) {
    // One record must not keep the others of its body from being taken, again and again.
    return { reason: 'syntax', message: error instanceof RangeError ? 'it is nested too deeply: send it flatter' : `it cannot be read (${String(error).slice(0, 100)})` };
  }
}

function readRecord(value: unknown, { arrivalMs, retentionMs }: RecordSettings): ReadRecord | Refusal | 'blank' {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { reason: 'syntax', message: `${Array.isArray(value) ? 'an array' : value === null ? 'null' : `a ${typeof value}`} is no log record: write an object such as {"host":"web-1","message":"started"}` };
  const source = (isTelegrafMetric(value) ? flatMetric(value) : value) as Readonly<Record<string, unknown>>;
  const { fields, isCut } = flattenFields(source, keptNames);
  const text = textOf(source, fields);
  if (text === undefined) return { reason: 'text', message: `no text: write it as "message" (also taken: ${textNames.slice(1, 6).join(', ')})` };
  if (text === '') return 'blank';
  const given = timeOf(source, fields);
  if (typeof given === 'object') return given;
  const timeMs = given ?? arrivalMs;
  const refusal = refuseTime(timeMs, arrivalMs, retentionMs);
  if (refusal) return refusal;
  const host = take(fields, hostNames);
  if (host !== undefined) fields.set('host', host);
  const level = take(fields, levelNames)?.toLowerCase();
  const service = take(fields, serviceNames) ?? '';
  return { record: { timeMs, service, ...(level !== undefined && { level }), text: text.slice(0, maxTextLength) }, tags: fields, isCut: isCut || text.length > maxTextLength, isTimed: given !== undefined, isFinelyTimed: given !== undefined && given % 1000 !== 0 };
}

/** Telegraf's json: what it collected stands in `fields` and `tags`. */
function isTelegrafMetric(value: object): value is { fields: object; tags: object; name: string; timestamp: unknown } {
  return 'fields' in value && 'tags' in value && 'name' in value && typeof value.fields === 'object' && value.fields !== null && typeof value.tags === 'object' && value.tags !== null;
}

function flatMetric({ fields, tags, timestamp }: { fields: object; tags: object; timestamp?: unknown }): object {
  return { ...fields, ...tags, timestamp, ...('message' in fields || !('value' in fields) ? {} : { message: fields.value, value: undefined }) };
}

/** The whole text, also where it is longer than a field may be: the first that is not blank. Empty: all are. */
function textOf(source: Readonly<Record<string, unknown>>, fields: Map<string, string>): string | undefined {
  let blank: '' | undefined;
  for (const name of textNames) {
    const given = source[name];
    const text = typeof given === 'string' ? given : fields.get(name);
    if (text === undefined) continue;
    fields.delete(name);
    if (text.trim() !== '') return withoutLineEnd(text);
    blank = '';
  }
  return blank;
}

/** Not by a regular expression: that tries each run of line ends in a text anew, from each of its characters. */
function withoutLineEnd(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === '\n' || text[end - 1] === '\r')) end--;
  return text.slice(0, end);
}

function timeOf(source: Readonly<Record<string, unknown>>, fields: Map<string, string>): number | Refusal | undefined {
  const name = timeNames.find((one) => fields.has(one) || (source[one] !== undefined && source[one] !== null));
  if (name === undefined) return undefined;
  fields.delete(name);
  return readLogTime(source[name]) ?? { reason: 'time', message: `the ${name} ${JSON.stringify(source[name]).slice(0, 60)} is no time: write epoch seconds, ms, us or ns, or ISO 8601 such as 2026-01-31T12:00:00Z` };
}

function take(fields: Map<string, string>, names: readonly string[]): string | undefined {
  const name = names.find((one) => fields.has(one));
  if (name === undefined) return undefined;
  const value = fields.get(name);
  fields.delete(name);
  return value;
}
