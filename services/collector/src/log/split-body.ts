/** One JSON value of a body, or what kept it from being read. `number` counts from 1: lines, or elements of an array. */
export interface BodyPart {
  readonly number: number;
  readonly value?: unknown;
  readonly problem?: string;
}

export interface SplitBody {
  /** What a part is called when its sender is told of it. */
  readonly unit: 'line' | 'record';
  readonly parts: Iterable<BodyPart>;
}

const newline = 0x0a;
const quote = 0x22;
const backslash = 0x5c;

/** The values of a body: the elements of a JSON array when it starts with one, else one JSON value a line. Blank lines count, and say nothing. */
export function splitBody(text: string): SplitBody {
  const start = skipBlanks(text, text.charCodeAt(0) === 0xfeff ? 1 : 0);
  return text[start] === '[' ? { unit: 'record', parts: elementsOf(text, start + 1) } : { unit: 'line', parts: linesOf(text, start === 0 ? 0 : text.lastIndexOf('\n', start) + 1) };
}

function* linesOf(text: string, start: number): Iterable<BodyPart> {
  let number = countLines(text, start);
  for (let at = start; at < text.length; ) {
    const end = text.indexOf('\n', at);
    const line = text.slice(at, end < 0 ? undefined : end).trim().replace(/^\ufeff/, '');
    at = end < 0 ? text.length : end + 1;
    number++;
    if (line !== '') yield parse(line, number, 'write one JSON object a line');
  }
}

/** Elements are found by their brackets, so that a bad one costs no more than itself. */
function* elementsOf(text: string, start: number): Iterable<BodyPart> {
  let number = 1;
  for (let at = skipBlanks(text, start); ; number++) {
    if (text[at] === ']') return yield* behind(text, at, number);
    const end = endOfElement(text, at);
    if (end === undefined) return yield { number, problem: 'the body ends inside the array: send all of it, with its closing ]' };
    yield parse(text.slice(at, end), number, 'check commas and quotes around it');
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

function parse(text: string, number: number, mend: string): BodyPart {
  try {
    return { number, value: JSON.parse(text) };
  } catch {
    return { number, problem: `not JSON: ${JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text)}: ${mend}` };
  }
}

function skipBlanks(text: string, start: number): number {
  let at = start;
  while (at < text.length && text.charCodeAt(at) <= 0x20) at++;
  return at;
}

function countLines(text: string, end: number): number {
  let count = 0;
  for (let at = 0; at < end; at++) if (text.charCodeAt(at) === newline) count++;
  return count;
}
