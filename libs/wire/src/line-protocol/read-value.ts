import { byte, isDigit } from './byte.js';

/** A number or boolean: its value, where it ends, and whether it lost digits above 2^53. Otherwise what is wrong. */
export type ReadValue = { readonly value: number; readonly end: number; readonly rounded: boolean } | string;

const booleans = new Map([['t', 1], ['T', 1], ['true', 1], ['True', 1], ['TRUE', 1], ['f', 0], ['F', 0], ['false', 0], ['False', 0], ['FALSE', 0]]);
const floatPattern = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const signedPattern = /^-?\d+i$/;
const unsignedPattern = /^\d+u$/;

/** Reads a field value that is not a string, from `at` to a comma, a space or a line break. Every rule of InfluxDB, at leisure. */
export function readValue(bytes: Buffer, at: number, end: number): ReadValue {
  let stop = at;
  while (stop < end && bytes[stop] !== byte.comma && bytes[stop] !== byte.space && bytes[stop] !== byte.newline) stop++;
  let last = stop;
  if (bytes[stop - 1] === byte.carriageReturn && (stop === end || bytes[stop] === byte.newline)) last--;
  const c = bytes[at]!;
  const text = bytes.toString('latin1', at, Math.min(last, at + 400));
  const numeric = isDigit(c) || c === byte.minus || c === byte.point;
  const boolean = numeric ? undefined : booleans.get(text);
  if (boolean !== undefined) return { value: boolean, end: stop, rounded: false };
  if (!numeric) return notAValue(bytes, at, last);
  if (last - at > 400) return `the number ${shown(bytes, at, last)} is too long`;
  if (signedPattern.test(text)) return integer(text.slice(0, -1), stop, text.startsWith('-') ? '9223372036854775808' : '9223372036854775807', 'i');
  if (unsignedPattern.test(text)) return integer(text.slice(0, -1), stop, '18446744073709551615', 'u');
  const value = floatPattern.test(text) ? Number(text) : Number.NaN;
  if (Number.isFinite(value)) return { value: positiveZero(value), end: stop, rounded: false };
  return floatPattern.test(text) ? `the number ${text} is out of range` : notAValue(bytes, at, last);
}

function integer(text: string, end: number, limit: string, suffix: string): ReadValue {
  const digits = text.replace(/^-?0*/, '');
  if (digits.length > limit.length || (digits.length === limit.length && digits > limit)) return `the integer ${text}${suffix} is out of range`;
  const value = Number(text);
  return { value: positiveZero(value), end, rounded: !Number.isSafeInteger(value) };
}

/** Both ways of reading must agree, and so must the hash of what was read. */
function positiveZero(value: number): number {
  return value === 0 ? 0 : value;
}

function notAValue(bytes: Buffer, at: number, end: number): string {
  const text = shown(bytes, at, end);
  if (/^-?(?:nan|\+?inf)/i.test(text)) return `${text} cannot be stored: leave the field out where nothing was measured`;
  return `${text} is neither a number, a boolean nor a quoted string`;
}

/** At most 40 characters of a name, for messages. */
export function clipped(name: string): string {
  return name.length > 40 ? `${name.slice(0, 40)}...` : name;
}

/** At most 40 bytes of what was sent, for messages. */
export function shown(bytes: Buffer, at: number, end: number): string {
  const text = bytes.toString('utf8', at, Math.min(end, at + 40));
  return end - at > 40 ? `${text}...` : text;
}
