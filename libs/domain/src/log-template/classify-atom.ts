import { classOf, digit, hexLetter, letter } from './character-class.js';
import { maxTokenLength } from './log-template-limits.js';
import { variableText, type LogTokenKind } from './log-token.js';

export interface ClassifiedAtom {
  readonly kind: LogTokenKind | 'split';
  /** The text with its digits masked, where that differs from the atom. */
  readonly text?: string;
}

const word: ClassifiedAtom = { kind: 'word' };
const compound: ClassifiedAtom = { kind: 'compound' };
const variable: ClassifiedAtom = { kind: 'variable', text: variableText };
const split: ClassifiedAtom = { kind: 'split' };

/** Letters that may follow a number: 12ms, 3.5KiB, 20th. */
const maxUnitLength = 3;
/** Digits among letters that are this many or more make an identifier of them (`4fa1b20`). */
const minIdentifierLength = 6;
/** Letters of hexadecimal numbers alone are a number from here on; shorter ones may be words. */
const minHexLettersLength = 8;

const monthName = /^(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)$/;
/** MAC and IPv6 addresses: groups of hexadecimal digits between colons. */
const maxGroupLength = 4;
const minGroups = 3;

/**
 * What a run of characters without blanks and separators is. `split`: take it apart at its colons and classify the parts.
 * The shapes are those that logs of any origin have; none is made for a certain system.
 */
export function classifyAtom(atom: string): ClassifiedAtom {
  if (atom.length > maxTokenLength || isPath(atom)) return variable;
  const colons = atom.includes(':');
  const shape = shapeOf(atom, colons);
  if (shape.isNumber) return variable;
  if (colons) return split;
  if (isMailAddress(atom)) return variable;
  if (shape.digits === 0) return /[^\W_][./\\@][^\W_]/.test(atom) ? compound : word;
  // eth0, utf8, md5: the digit belongs to the name.
  if (shape.digits === 1 && /^[A-Za-z]+\d$/.test(atom)) return word;
  return shape.skeleton === variableText ? variable : { kind: 'mixed', text: shape.skeleton };
}

/** Unix and Windows paths, and addresses with a scheme. */
function isPath(atom: string): boolean {
  return (atom.length > 1 && /^(?:\/|~\/|\.{1,2}\/|[A-Za-z]:[\\/]|\\\\|\\[?\w])/.test(atom) && /[A-Za-z0-9]/.test(atom)) || atom.includes('://');
}

function isMailAddress(atom: string): boolean {
  return /^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$/.test(atom);
}

interface AtomShape {
  readonly isNumber: boolean;
  readonly digits: number;
  readonly skeleton: string;
}

/** Runs of letters and digits decide: all of them numbers (a date, an address, a version, a UUID), or names with numbers in them. */
function shapeOf(atom: string, colons: boolean): AtomShape {
  let digits = 0;
  let numbers = 0;
  let hexWords = 0;
  let others = 0;
  let isGroups = colons;
  let skeleton = '';
  for (let at = 0; at < atom.length; ) {
    let end = at;
    if (!isAlphanumeric(atom, at)) {
      while (end < atom.length && !isAlphanumeric(atom, end)) end++;
      skeleton += withoutSign(atom.slice(at, end), at === 0);
    } else {
      const run = readRun(atom, at);
      end = run.end;
      digits += run.digits;
      isGroups &&= run.isHex && run.end - at <= maxGroupLength;
      if (run.masked === variableText) numbers++;
      else if (run.isHex && run.digits === 0) hexWords++;
      else others++;
      skeleton += run.masked;
    }
    at = end;
  }
  // Letters among hexadecimal digits need company: UUIDs.
  const hasCompany = hexWords === 0 || (numbers > 0 && hexWords + numbers >= 4) || (numbers === 0 && hexWords === 1 && atom.length >= minHexLettersLength);
  const isNumber = (others === 0 && numbers + hexWords > 0 && hasCompany) || (isGroups && atom.split(':').length >= minGroups);
  return { isNumber, digits, skeleton: skeleton.replaceAll(/<\*>(?:[^A-Za-z<]*<\*>)+/g, variableText) };
}

/** In `blk_-12` the last mark is the sign of the number, in `node-12` it joins name and number. */
function withoutSign(marks: string, isFirst: boolean): string {
  return (marks.length > 1 || isFirst) && /[-+]$/.test(marks) ? marks.slice(0, -1) : marks;
}

function isAlphanumeric(atom: string, at: number): boolean {
  const kind = classOf(atom.charCodeAt(at));
  return kind === digit || kind === hexLetter || kind === letter;
}

interface LetterRun {
  readonly end: number;
  readonly digits: number;
  readonly isHex: boolean;
  readonly masked: string;
}

/** One run of letters and digits, with its numbers masked. */
function readRun(atom: string, start: number): LetterRun {
  let end = start;
  let digits = 0;
  let changes = 0;
  let isHex = true;
  let before = 0;
  for (; end < atom.length; end++) {
    if (!isAlphanumeric(atom, end)) break;
    const kind = classOf(atom.charCodeAt(end));
    if (kind === digit) digits++;
    if (kind === letter) isHex = false;
    const now = kind === digit ? 1 : 2;
    if (before !== 0 && now !== before) changes++;
    before = now;
  }
  return { end, digits, isHex, masked: maskRun(atom.slice(start, end), digits, changes, isHex) };
}

function maskRun(run: string, digits: number, changes: number, isHex: boolean): string {
  if (digits === 0) return monthName.test(run) ? variableText : run;
  const startsWithDigit = classOf(run.charCodeAt(0)) === digit;
  if (digits === run.length || (isHex && (run.length >= minIdentifierLength || startsWithDigit || changes > 1))) return variableText;
  if (startsWithDigit && (/^0[xX][0-9a-fA-F]+$/.test(run) || /^\d+T\d+Z?$/.test(run))) return variableText;
  if (startsWithDigit && changes === 1 && run.length - digits <= maxUnitLength) return variableText;
  // Letters and digits in turns: an identifier, whose letters say as little as its digits.
  if (changes > 2) return variableText;
  return run.replaceAll(/\d+/g, variableText);
}
