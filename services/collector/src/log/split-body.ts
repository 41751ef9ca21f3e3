/** The JSON of one record, or what kept it from being found. `number` counts from 1: lines, or elements of an array. */
export type BodyPart = { readonly number: number } & ({ readonly text: string; readonly problem?: undefined } | { readonly text?: undefined; readonly problem: string });

export interface SplitBody {
  /** What a part is called when its sender is told of it. */
  readonly unit: 'line' | 'record';
  /** What its sender can do about a part that is not JSON. */
  readonly mend: string;
  readonly parts: Iterable<BodyPart>;
}

const newline = 0x0a;
const quote = 0x22;
const backslash = 0x5c;
const byteOrderMark = 0xfeff;
/** Telegraf wraps what it sends at once: `{"metrics":[...]}`. */
const wrapper = /^\{\s*"metrics"\s*:\s*\[/;

/**
 * The records of a body: the elements of a JSON array when it starts with one, else one JSON value a line. Blank lines
 * count, and say nothing. Nothing is parsed here: what a body becomes is many times as large as its text.
 */
export function splitBody(text: string): SplitBody {
  const start = skipBlanks(text, 0);
  return text[start] === '['
    ? { unit: 'record', mend: 'check commas and quotes around it', parts: unwrap(elementsOf(text, start + 1)) }
    : { unit: 'line', mend: 'write one JSON object a line', parts: unwrap(linesOf(text)) };
}

function* unwrap(parts: Iterable<BodyPart>): Iterable<BodyPart> {
  for (const part of parts) {
    const head = part.text?.endsWith('}') ? wrapper.exec(part.text) : null;
    if (!head) yield part;
    else for (const one of elementsOf(part.text!.slice(0, -1), head[0].length)) yield { ...one, number: part.number };
  }
}

function* linesOf(text: string): Iterable<BodyPart> {
  let number = 1;
  for (let at = 0; ; ) {
    const start = skipBlanks(text, at);
    if (start === text.length) return;
    number += countLines(text, at, start);
    const end = text.indexOf('\n', start);
    at = end < 0 ? text.length : end;
    yield { number, text: text.slice(start, at).trim() };
  }
}

/** Elements are found by their brackets, so that a bad one costs no more than itself. */
function* elementsOf(text: string, start: number): Iterable<BodyPart> {
  let number = 1;
  for (let at = skipBlanks(text, start); ; number++) {
    if (text[at] === ']') return yield* behind(text, at, number);
    const end = endOfElement(text, at);
    if (end === undefined) return yield { number, problem: 'the body ends inside the array: send all of it, with its closing ]' };
    yield { number, text: text.slice(at, end).trim() };
    if (text[end] === ']') return yield* behind(text, end, number + 1);
    at = skipBlanks(text, end + 1);
    // `[1,]` is forgiven: some senders write it.
  }
}

function* behind(text: string, end: number, number: number): Iterable<BodyPart> {
  if (skipBlanks(text, end + 1) < text.length) yield { number, problem: 'there is text behind the closing ]: send one array, or one JSON object a line' };
}

/** The index of the comma or bracket behind the element; undefined: the body ends before. */
function endOfElement(text: string, start: number): number | undefined {
  let depth = 0;
  let inText = false;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inText) {
      if (code === backslash) at++;
      else if (code === quote) inText = false;
    } else if (code === quote) inText = true;
    else if (code === 0x7b || code === 0x5b) depth++;
    else if (depth > 0 && (code === 0x7d || code === 0x5d)) depth--;
    else if (depth === 0 && (code === 0x2c || code === 0x5d)) return at;
  }
  return undefined;
}

function skipBlanks(text: string, start: number): number {
  let at = start;
  while (at < text.length && (text.charCodeAt(at) <= 0x20 || text.charCodeAt(at) === byteOrderMark)) at++;
  return at;
}

function countLines(text: string, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at++) if (text.charCodeAt(at) === newline) count++;
  return count;
}
