import { byte, isDigit, skipBlanks } from './byte.js';
import { timestampMs, type Precision } from './precision.js';
import { clipped, readValue, shown } from './read-value.js';
import { scanPlainNumber } from './scan-number.js';

export interface ParsedField {
  readonly name: string;
  /** Where the name stands in the bytes, up to and including its `=`. */
  readonly start: number;
  readonly end: number;
  readonly valueEnd: number;
  /** A text is a string field. */
  readonly value: number | string;
  readonly rounded: boolean;
}

export interface ParsedLine {
  readonly measurement: string;
  readonly tags: ReadonlyMap<string, string>;
  /** Where measurement and tags end: at the space before the fields. */
  readonly keyEnd: number;
  readonly fields: readonly ParsedField[];
  /** Undefined: the line carries no timestamp. */
  readonly timeMs: number | undefined;
}

const reservedTags = new Set(['_field', '_measurement', 'time', '\0']);
const maxKeyBytes = 65_535;
const plain = new Float64Array(1);

interface Section<T> {
  readonly value: T;
  /** Behind the section. */
  readonly at: number;
}

/**
 * Reads one line of line protocol, by the rules of InfluxDB 2, at leisure: what the scanner falls back to. A text in
 * place of the line says what is wrong with it. `bytes[end]` must be a newline. Deliberate differences, all on
 * malformed input: a carriage return before the newline is ignored, text behind a closing quote and empty field names
 * are refused, and names and tags must be UTF-8.
 */
export function readLine(bytes: Buffer, start: number, end: number, precision: Precision): ParsedLine | string {
  const last = end > start && bytes[end - 1] === byte.carriageReturn ? end - 1 : end;
  const key = readKey(bytes, start, last);
  if (typeof key === 'string') return key;
  const fields = readFields(bytes, skipBlanks(bytes, key.at, last), last);
  if (typeof fields === 'string') return fields;
  const time = readTime(bytes, skipBlanks(bytes, fields.at, last), last, precision);
  if (typeof time === 'string') return time;
  return { ...key.value, keyEnd: key.at, fields: fields.value, timeMs: time.value };
}

/** Measurement and tags, up to the space in front of the fields. */
export function readKey(bytes: Buffer, start: number, end: number): Section<Pick<ParsedLine, 'measurement' | 'tags'>> | string {
  if (bytes[start] === byte.comma) return 'missing measurement';
  const nameEnd = findUnescaped(bytes, start + 1, end, byte.comma, byte.space, byte.comma);
  const measurement = readName(bytes, start, nameEnd, ', ="');
  if (measurement === undefined) return 'the measurement is not valid UTF-8';
  const tags = new Map<string, string>();
  let at = nameEnd;
  while (at < end && bytes[at] === byte.comma) {
    const tag = readTag(bytes, at + 1, end);
    if (typeof tag === 'string') return tag;
    const [name, value] = tag.value;
    if (reservedTags.has(name)) return `the tag key "${clipped(name)}" is reserved`;
    if (tags.has(name)) return `duplicate tag "${clipped(name)}"`;
    tags.set(name, value);
    at = tag.at;
  }
  if (at >= end) return 'missing fields';
  return at - start > maxKeyBytes ? `measurement and tags take ${at - start} bytes, more than ${maxKeyBytes}` : { value: { measurement, tags }, at };
}

function readTag(bytes: Buffer, start: number, end: number): Section<readonly [string, string]> | string {
  const first = bytes[start];
  if (start >= end || first === byte.space || first === byte.comma || first === byte.equals) return 'missing tag key';
  const equals = findUnescaped(bytes, start + 1, end, byte.equals, byte.space, byte.comma);
  const name = readName(bytes, start, equals, ', =');
  if (name === undefined) return 'a tag key is not valid UTF-8';
  if (equals >= end || bytes[equals] !== byte.equals) return `missing tag value for "${clipped(name)}"`;
  const valueStart = equals + 1;
  if (valueStart >= end || bytes[valueStart] === byte.comma || bytes[valueStart] === byte.space) return `missing tag value for "${clipped(name)}"`;
  const valueEnd = findUnescaped(bytes, valueStart + 1, end, byte.comma, byte.space, byte.equals);
  if (valueEnd < end && bytes[valueEnd] === byte.equals) return `the value of tag "${clipped(name)}" has an unescaped =`;
  const value = readName(bytes, valueStart, valueEnd, ', =');
  if (value === undefined) return `the value of tag "${clipped(name)}" is not valid UTF-8`;
  return { value: [name, value], at: valueEnd };
}

/** The first of three bytes that no backslash stands before, or `end`. */
function findUnescaped(bytes: Buffer, start: number, end: number, one: number, two: number, three: number): number {
  let i = start;
  for (; i < end; i++) {
    const c = bytes[i]!;
    if ((c === one || c === two || c === three) && bytes[i - 1] !== byte.backslash) break;
  }
  return i;
}

function readFields(bytes: Buffer, start: number, end: number): Section<ParsedField[]> | string {
  const fields: ParsedField[] = [];
  if (start >= end) return 'missing fields';
  for (let at = start; ; ) {
    const field = readField(bytes, at, end);
    if (typeof field === 'string') return field;
    fields.push(field.value);
    if (field.at >= end || bytes[field.at] === byte.space) return { value: fields, at: field.at };
    at = field.at + 1;
  }
}

function readField(bytes: Buffer, start: number, end: number): Section<ParsedField> | string {
  let equals = start;
  while (equals < end && bytes[equals] !== byte.equals && bytes[equals] !== byte.comma && bytes[equals] !== byte.space) {
    equals += bytes[equals] === byte.backslash && equals + 1 < end ? 2 : 1;
  }
  if (equals === start) return bytes[start] === byte.equals ? 'missing field key' : 'a field is missing beside a comma';
  // InfluxDB counts `\\` as one pair here and as two backslashes there, and so refuses a key that ends with it.
  if (equals >= end || bytes[equals] !== byte.equals || bytes[equals - 1] === byte.backslash) return `missing field value: "${shown(bytes, start, equals)}" has no =`;
  const name = readName(bytes, start, equals, ', ="');
  if (name === undefined) return 'a field key is not valid UTF-8';
  const at = equals + 1;
  if (at >= end || bytes[at] === byte.comma || bytes[at] === byte.space) return `missing field value for "${clipped(name)}"`;
  const place = { name, start, end: at };
  if (bytes[at] === byte.quote) {
    const text = readText(bytes, at, end);
    return typeof text === 'string' ? `field "${clipped(name)}": ${text}` : { value: { ...place, valueEnd: text.at, value: text.value, rounded: false }, at: text.at };
  }
  // Most values are plain numbers, also in lines that are new.
  const stop = scanPlainNumber(bytes, at, plain, 0);
  if (stop >= 0) return { value: { ...place, valueEnd: stop, value: plain[0]!, rounded: false }, at: stop };
  const read = readValue(bytes, at, end);
  return typeof read === 'string' ? `field "${clipped(name)}": ${read}` : { value: { ...place, valueEnd: read.end, value: read.value, rounded: read.rounded }, at: read.end };
}

function readText(bytes: Buffer, quote: number, end: number): Section<string> | string {
  let i = quote + 1;
  let escaped = false;
  for (; i < end && bytes[i] !== byte.quote; i++) {
    if (bytes[i] !== byte.backslash || i + 1 >= end) continue;
    escaped = true;
    i++;
  }
  if (i >= end) return 'unbalanced quotes';
  if (i + 1 < end && bytes[i + 1] !== byte.comma && bytes[i + 1] !== byte.space) return 'text behind the closing quote';
  const text = bytes.toString('utf8', quote + 1, i);
  return { value: escaped ? unescape(text, '"\\') : text, at: i + 1 };
}

function readTime(bytes: Buffer, start: number, end: number, precision: Precision): Section<number | undefined> | string {
  let i = start;
  if (i < end && bytes[i] === byte.minus) i++;
  const first = i;
  while (i < end && isDigit(bytes[i]!)) i++;
  if (start >= end) return { value: undefined, at: end };
  if (i === first || (i < end && bytes[i] !== byte.space)) return `bad timestamp "${shown(bytes, start, end)}"`;
  let rest = i;
  while (rest < end && bytes[rest] === byte.space) rest++;
  if (rest < end) return `unexpected "${shown(bytes, rest, end)}" behind the timestamp`;
  // Leading zeros aside, what is longer cannot be in range, and a number of a million digits would take long to read.
  const timeMs = i - first > 400 ? undefined : timestampMs(bytes.toString('latin1', start, i), precision);
  return timeMs === undefined ? `the timestamp ${shown(bytes, start, i)} is out of range for precision ${precision}` : { value: timeMs, at: i };
}

/** Undefined when the bytes are not UTF-8. */
function readName(bytes: Buffer, start: number, end: number, escapable: string): string | undefined {
  const text = bytes.toString('utf8', start, end);
  if (text.includes('\ufffd') && Buffer.compare(Buffer.from(text), bytes.subarray(start, end)) !== 0) return undefined;
  return text.includes('\\') ? unescape(text, escapable) : text;
}

function unescape(text: string, escapable: string): string {
  let out = '';
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\' && i + 1 < text.length && escapable.includes(text[i + 1]!)) i++;
    out += text[i];
  }
  return out;
}
