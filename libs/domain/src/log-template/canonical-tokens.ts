import { variableText, type LogToken } from './log-token.js';

const unit = /^(?:[kmgtp]?i?b|[kmgt]?bytes?|[mun]?s(?:ec)?|[mun]?secs|seconds?|min(?:ute)?s?|h(?:ou)?rs?|days?|%|[kmg]?hz|[kmg]?bps|[ap]m)$/i;
const dateWord = /^(?:mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|utc|gmt|[ecmp][ds]t)$/i;
const absent = /^(?:null|nil|none|undefined|n\/a|-)$/i;
/** What follows `=` is what the line says, not a value of it. */
const textKey = /^(?:msg|message|text|event|level|lvl|severity|reason|cause|err|error|exception|logger|caller|module|component)$/i;
/** What follows is a name. */
const announcer = /^(?:user|username|host|hostname)$/i;
const truth = /^(?:true|false)$/i;
/** Marks that may stand between the values of a list. */
const listMark = /^[,;:|/+-]$/;
/** A pattern that lists repeat has at most this many tokens. */
const maxPatternLength = 10;

/**
 * The tokens that tell templates apart. Values with their units, dates, lists, and patterns that repeat become one value
 * each, so that a list of three and a list of five are the same; what follows `=` becomes a likely value, also when absent.
 */
export function canonicalTokens(tokens: readonly LogToken[]): readonly LogToken[] {
  const result: LogToken[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const previous = result.at(-1);
    const after = tokens[i + 1];
    if (isAssigned(result)) {
      const quoted = quotedUpTo(tokens, i);
      if (quoted > i) {
        result.push({ text: tokens.slice(i, quoted + 1).map((token) => token.text).join(' '), kind: 'mixed', spaced: tokens[i]!.spaced });
        i = quoted;
        continue;
      }
      // `user= host=a`: nothing where a value belongs.
      if (after?.text === '=' && tokens[i]!.spaced && !tokens[i - 1]!.spaced && tokens[i]!.kind !== 'mark') result.push(variableAt(false));
    }
    if (isBound(tokens[i]!, after, tokens[i + 2])) continue;
    if (previous?.text === '(' && previous.spaced && tokens[i]!.text === ')') result.push(variableAt(false));
    const isBehindBound = i > 0 && isBound(tokens[i - 1]!, tokens[i], after);
    const token = asValue(isBehindBound ? { ...tokens[i]!, spaced: true } : tokens[i]!, result, after);
    if (token.kind === 'variable' ? joinsValue(token, result) : isUnit(token, previous)) continue;
    result.push(token);
    dropRepetition(result);
  }
  return result;
}

/** Whether a word behind a number belongs to it (`ms`, `seconds`). */
export function isUnitName(text: string): boolean {
  return unit.test(text);
}

/** The index of the closing quote of a text that starts here; else the index itself. */
function quotedUpTo(tokens: readonly LogToken[], start: number): number {
  const mark = tokens[start]!.text;
  if (mark !== '"' && mark !== "'") return start;
  for (let i = start + 1; i < tokens.length; i++) if (tokens[i]!.text === mark) return i;
  return start;
}

function isAssigned(result: readonly LogToken[]): boolean {
  return result.at(-1)?.text === '=' && !textKey.test(result.at(-2)?.text ?? '');
}

function asValue(token: LogToken, result: readonly LogToken[], after: LogToken | undefined): LogToken {
  if (token.kind === 'variable' || token.kind === 'mixed') return token;
  const previous = result.at(-1);
  if (isAssigned(result)) {
    if (absent.test(token.text)) return variableAt(token.spaced);
    if (token.kind === 'word' && !truth.test(token.text) && after?.text !== '=') return { ...token, kind: 'mixed' };
  }
  if (token.kind === 'word' && previous && announcer.test(previous.text)) return { ...token, kind: 'compound' };
  if (token.kind === 'word' && dateWord.test(token.text) && (previous?.kind === 'variable' || after?.kind === 'variable' || (after && dateWord.test(after.text)))) return variableAt(token.spaced);
  return token;
}

/** `<1 sec`, `>100`: belongs to the number; `<1>` is a number in brackets. */
function isBound(token: LogToken, after: LogToken | undefined, next: LogToken | undefined): boolean {
  return (token.text === '<' || token.text === '>') && token.spaced && after?.kind === 'variable' && !after.spaced && next?.text !== '>';
}

function variableAt(spaced: boolean): LogToken {
  return { text: variableText, kind: 'variable', spaced };
}

function isUnit(token: LogToken, previous: LogToken | undefined): boolean {
  return previous?.kind === 'variable' && token.kind === 'word' && isUnitName(token.text);
}

/** True when the value goes on a list of values that stands at the end; marks in between go away. */
function joinsValue(value: LogToken, result: LogToken[]): boolean {
  let last = result.length - 1;
  while (last >= 0 && listMark.test(result[last]!.text)) last--;
  if (last < 0 || result[last]!.kind !== value.kind) return false;
  result.length = last + 1;
  return true;
}

/** Takes away the last tokens where they repeat, value for value, those in front of them. */
function dropRepetition(tokens: LogToken[]): void {
  const end = tokens.length;
  const last = tokens[end - 1]!.text;
  for (let length = 1; length <= maxPatternLength && 2 * length <= end; length++) {
    if (tokens[end - 1 - length]!.text !== last || !repeats(tokens, length)) continue;
    tokens.length = end - length;
    return;
  }
}

function repeats(tokens: readonly LogToken[], length: number): boolean {
  const end = tokens.length;
  let hasValue = false;
  for (let i = 1; i <= length; i++) {
    const token = tokens[end - i]!;
    if (token.text !== tokens[end - i - length]!.text) return false;
    if (token.kind === 'variable' || token.kind === 'mixed') hasValue = true;
  }
  return hasValue;
}
