import { blank, classOf, digit, hexLetter, letter, quote, separator } from './character-class.js';
import { classifyAtom } from './classify-atom.js';
import { maxLineLength, maxLineTokens } from './log-template-limits.js';
import { variableText, type LogToken, type LogTokenKind } from './log-token.js';

/** 32-bit FNV-1a, and a second one from another start: together 53 bits. */
const prime = 16_777_619;
const variableMark = 0x1_0000;
/** How the names of errors end: `java.lang.OutOfMemoryError`. */
const errorNames = ['Error', 'Exception'];

/**
 * Takes lines apart. A line is scanned once; its number tells lines apart that differ in more than their values, and its
 * tokens are made only when somebody asks, since nearly every line looks like one that was seen before.
 */
export class LineScanner {
  readonly #kinds: LogTokenKind[] = [];
  readonly #starts = new Int32Array(maxLineTokens + 1);
  readonly #ends = new Int32Array(maxLineTokens + 1);
  readonly #masks: (string | undefined)[] = [];
  #line = '';
  #count = 0;
  #one = 0;
  #other = 0;

  /** A number for the line with its values masked: equal for equal tokens. */
  scan(line: string): number {
    this.#line = line;
    this.#count = 0;
    this.#one = 0x811c9dc5;
    this.#other = 0x1b873593;
    const length = Math.min(line.length, maxLineLength);
    for (let at = 0; at < length && this.#count < maxLineTokens; ) {
      const kind = classOf(line.charCodeAt(at));
      if (kind === blank) at++;
      else if (kind === separator || (kind === quote && !this.#isApostrophe(at))) this.#add('mark', at, ++at, undefined);
      else at = this.#scanAtom(at, length);
    }
    return (this.#one >>> 0) * 0x20_0000 + ((this.#other >>> 0) & 0x1f_ffff);
  }

  /** The tokens of the line that was scanned last. */
  tokens(): LogToken[] {
    const tokens: LogToken[] = [];
    for (let i = 0; i < this.#count; i++) {
      const start = this.#starts[i]!;
      const text = this.#masks[i] ?? this.#line.slice(start, this.#ends[i]);
      tokens.push({ text, kind: this.#kinds[i]!, spaced: start > 0 && classOf(this.#line.charCodeAt(start - 1)) === blank });
    }
    return tokens;
  }

  #isApostrophe(at: number): boolean {
    return at > 0 && at + 1 < this.#line.length && isLetter(this.#line.charCodeAt(at - 1)) && isLetter(this.#line.charCodeAt(at + 1));
  }

  #scanAtom(start: number, length: number): number {
    const line = this.#line;
    let end = start;
    let isPlain = true;
    let isNumber = classOf(line.charCodeAt(start)) === digit;
    for (; end < length; end++) {
      const code = line.charCodeAt(end);
      const kind = classOf(code);
      if (kind === letter || kind === hexLetter) {
        isNumber = false;
        continue;
      }
      if (kind === blank || kind === separator || (kind === quote && !this.#isApostrophe(end))) break;
      if (code === 0x2e && line.charCodeAt(end + 1) === 0x2e) {
        if (end === start) end = this.#endOfDots(start, length);
        break;
      }
      if (kind !== digit && (code < 0x2d || code > 0x3a)) isNumber = false;
      if (kind === digit || !(code === 0x2d || code === 0x5f || code === 0x27)) isPlain = false;
    }
    if (end < length && hasQuery(line, start, end)) {
      while (end < length && !endsAddress(line.charCodeAt(end))) end++;
      isPlain = isNumber = false;
    }
    let last = end;
    while (last > start && isStop(line.charCodeAt(last - 1))) last--;
    if (isNumber) {
      this.#add('variable', start, last, variableText);
      if (last < end) this.#add('mark', last, end, undefined);
      return end;
    }
    const isLed = last > start && line.charCodeAt(start) === 0x3a && line.charCodeAt(start + 1) !== 0x3a;
    if (isLed) this.#add('mark', start, start + 1, undefined);
    const first = isLed ? start + 1 : start;
    if (last > first) this.#addAtom(first, last, isPlain || this.#isPlain(first, last));
    if (last < end) this.#add('mark', last, end, undefined);
    return end;
  }

  /** `..` and more: dots that lead on to a value, or stand for something left out. `../` is a path. */
  #endOfDots(start: number, length: number): number {
    let end = start;
    while (end < length && this.#line.charCodeAt(end) === 0x2e) end++;
    return end;
  }

  #isPlain(start: number, end: number): boolean {
    for (let at = start; at < end; at++) {
      const code = this.#line.charCodeAt(at);
      if (!isLetter(code) && code !== 0x2d && code !== 0x5f) return false;
    }
    return true;
  }

  #addAtom(start: number, end: number, isPlain: boolean): void {
    // Eight letters may be a hexadecimal number.
    if (isPlain && !(end - start >= 8 && this.#isHex(start, end))) return this.#add(this.#isName(start, end) ? 'word' : 'mark', start, end, undefined);
    const { kind, text } = classifyAtom(this.#line.slice(start, end));
    if (kind === 'split') this.#splitAtom(start, end);
    else this.#add((kind === 'word' || kind === 'compound') && !this.#isName(start, end) ? 'mark' : kind, start, end, text);
  }

  /** The part up to its first colons, and what follows: that may be an address with colons of its own. */
  #splitAtom(start: number, end: number): void {
    let colon = start;
    while (this.#line.charCodeAt(colon) !== 0x3a) colon++;
    let next = colon;
    while (next < end && this.#line.charCodeAt(next) === 0x3a) next++;
    if (colon > start) this.#addAtom(start, colon, this.#isPlain(start, colon));
    this.#add('mark', colon, next, undefined);
    if (next < end) this.#addAtom(next, end, this.#isPlain(next, end));
  }

  #isHex(start: number, end: number): boolean {
    for (let at = start; at < end; at++) if (classOf(this.#line.charCodeAt(at)) !== hexLetter) return false;
    return true;
  }

  /** The name of an error is none that could be a value: which of them it was is what people look for. */
  #isName(start: number, end: number): boolean {
    if (errorNames.some((name) => end - start > name.length && this.#line.endsWith(name, end))) return false;
    for (let at = start; at < end; at++) if (isLetter(this.#line.charCodeAt(at)) || classOf(this.#line.charCodeAt(at)) === digit) return true;
    return false;
  }

  #add(kind: LogTokenKind, start: number, end: number, mask: string | undefined): void {
    const i = this.#count;
    // Values side by side are one: how many there are is a value, too.
    if (i > 0 && kind === 'variable' && this.#kinds[i - 1] === 'variable') return;
    if (i >= maxLineTokens) return;
    this.#count++;
    this.#kinds[i] = kind;
    this.#starts[i] = start;
    this.#ends[i] = end;
    this.#masks[i] = mask;
    if (kind === 'variable') return this.#hash(variableMark);
    const text = mask ?? this.#line;
    const from = mask === undefined ? start : 0;
    const to = mask === undefined ? end : mask.length;
    for (let at = from; at < to; at++) this.#hash(text.charCodeAt(at));
    this.#hash(variableMark + 1);
  }

  #hash(code: number): void {
    this.#one = Math.imul(this.#one ^ code, prime);
    this.#other = Math.imul(this.#other ^ code, 0x85ebca6b) ^ (this.#other >>> 15);
  }
}

function isLetter(code: number): boolean {
  const kind = classOf(code);
  return kind === letter || kind === hexLetter;
}

/** Ends a clause rather than belonging to the atom in front of it. */
function isStop(code: number): boolean {
  return code === 0x2e || code === 0x3a || code === 0x21 || code === 0x3f;
}

/** A path or an address with a question mark: separators behind it belong to it. */
function hasQuery(line: string, start: number, end: number): boolean {
  const mark = line.indexOf('?', start);
  const slash = line.indexOf('/', start);
  return mark > start && mark < end && slash >= start && slash < mark;
}

function endsAddress(code: number): boolean {
  const kind = classOf(code);
  return kind === blank || kind === quote || code === 0x22 || code === 0x3c || code === 0x3e || code === 0x29;
}
