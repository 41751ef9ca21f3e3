/** Log lines whose template holds a text, and templates that appear or surge: counted by resource and service. */
import { logSeverities, parseDurationMs, type Labels, type Policy, type PolicySpec } from '@opsloop/contracts';
import type { FieldProblem } from '../definition/explain-schema-issue.js';
import { canonicalTokens, isUnitName } from '../log-template/canonical-tokens.js';
import { LineScanner } from '../log-template/line-scanner.js';
import { variableText } from '../log-template/log-token.js';
import { severityOf } from '../log-watch/severity-of.js';
import type { CompiledCondition, ConditionKind } from './condition.js';
import { formatSeen } from './format-seen.js';

const countedMetrics = { lines: 'log.template_count', appeared: 'log.template_appeared', surged: 'log.template_surged' } as const;
/** Told by every log that is watched, also with 0: without lines of a pattern, it says that there were none. */
const pulseMetric = 'log.line_count';
/** Templates that a reason names. */
const mostNamed = 3;
const anything = /<\*>|\*/;
const blanks = /\s+/;

export const logPatternKind: ConditionKind = { usesThreshold: true, field: 'log', check, compile };

function check({ spec }: Policy): FieldProblem[] {
  const { log } = spec;
  const path = ['spec', 'log'];
  if (log === undefined) return [{ path, message: 'is missing: kind log-pattern needs it, for example log: { match: "out of memory", severity: error }' }];
  const metric = countedMetrics[log.counts];
  const problems: FieldProblem[] = [];
  if (spec.metric !== '' && spec.metric !== metric) problems.push({ path: ['spec', 'metric'], message: `has no meaning with kind log-pattern, which counts ${metric} here: remove it` });
  if (spec.aggregate !== 'AVG') problems.push({ path: ['spec', 'aggregate'], message: 'has no meaning with kind log-pattern, which counts over the window: remove it' });
  for (const key of ['template', 'level']) if (spec.target.match?.[key] !== undefined) problems.push({ path: ['spec', 'target', 'match', key], message: `belongs in log: write ${key === 'level' ? 'severity' : 'match'} there` });
  for (const field of ['match', 'except'] as const) for (const text of textsOf(log[field])) problems.push(...checkText([...path, field], text));
  return problems;
}

/** Values are not in templates: a text that holds one would never be found, or only until the log shows another. */
function checkText(path: readonly string[], text: string): FieldProblem[] {
  const pieces = piecesOf(text);
  if (pieces.length === 0) return [{ path, message: `"${text}" says nothing: write some text, or leave ${path.at(-1) ?? ''} out` }];
  const value = text.split(anything).flatMap((piece) => piece.split(blanks)).find((word) => withoutValues(word) !== word);
  return value === undefined ? [] : [{ path, message: `"${value}" looks like a value, and templates have <*> in its place: write "${text.replace(value, withoutValues(value))}"` }];
}

/** `port:8080` -> `port:*`, `x509` -> `x*`, `state=down` -> `state=*`. */
function withoutValues(word: string): string {
  const scanner = new LineScanner();
  scanner.scan(word);
  const tokens = canonicalTokens(scanner.tokens());
  if (!tokens.some(({ kind }) => kind === 'variable' || kind === 'mixed')) return word;
  return tokens.map(({ text, kind }) => (kind === 'mixed' && !text.includes(variableText) ? '*' : text.replaceAll(variableText, '*'))).join('');
}

function compile({ spec }: Policy): CompiledCondition {
  const { log } = spec;
  if (log === undefined) throw new Error('kind log-pattern without log');
  const services = textsOf(log.service);
  const isWanted = wantedBy(log);
  const isOfService = ({ service = '' }: Labels): boolean => services.length === 0 || services.includes(service);
  return {
    metric: countedMetrics[log.counts],
    aggregate: 'SUM',
    unit: 'count',
    inputs: [
      { metric: countedMetrics[log.counts], aggregate: 'SUM', accepts: (labels) => isOfService(labels) && isWanted(labels) },
      { metric: pulseMetric, aggregate: 'SUM', accepts: (labels) => isOfService(labels) && labels['level'] === undefined },
    ],
    joint: {
      byLabels: ['service'],
      keepsLabels: true,
      judge([counts = []], [series = []] = []) {
        const value = counts.reduce((sum, one) => sum + one, 0);
        return { value, measured: () => describe(spec, value, series.map((labels, i) => ({ template: labels['template'] ?? '', lines: counts[i]! }))) };
      },
    },
    historyMs: parseDurationMs(spec.window) ?? 0,
  };
}

/** Which templates a policy counts. Its texts are taken apart once. */
function wantedBy({ match, except, severity }: NonNullable<PolicySpec['log']>): (labels: Labels) => boolean {
  const wanted = textsOf(match).map(readingsOf);
  const unwanted = textsOf(except).map(readingsOf);
  return ({ template = '', level = '' }) => {
    const text = template.toLowerCase();
    if (match !== undefined && !wanted.some((one) => holdsText(text, one))) return false;
    if (unwanted.some((one) => holdsText(text, one))) return false;
    const rank = severityOf(level);
    return severity === undefined || (rank !== undefined && logSeverities.indexOf(rank) >= logSeverities.indexOf(severity));
  };
}

/** The pieces of a text, with its stars as anything and as measured values: templates may hold either. */
function readingsOf(text: string): readonly (readonly string[])[] {
  return [piecesOf(text), measuredPiecesOf(text)];
}

function holdsText(text: string, readings: readonly (readonly string[])[]): boolean {
  return readings.some((pieces) => holdsPieces(text, pieces));
}

/** The pieces between the stars occur in this order. `text` is in lower case. */
function holdsPieces(text: string, pieces: readonly string[]): boolean {
  let from = 0;
  for (const piece of pieces) {
    const at = text.indexOf(piece, from);
    if (at < 0) return false;
    from = at + piece.length;
  }
  return true;
}

function piecesOf(text: string): string[] {
  return text.toLowerCase().split(anything).map(withSingleBlanks).filter((piece) => piece !== '');
}

/** The pieces of `took * ms` where the star is a number: templates have one value for it and its unit, and for several in a row. */
function measuredPiecesOf(text: string): string[] {
  const pieces: string[] = [];
  for (const [index, piece] of text.toLowerCase().split(anything).map(withSingleBlanks).entries()) {
    const [name = ''] = /^(?:[a-z]+|%)/.exec(piece) ?? [];
    const isMeasured = index > 0 && isUnitName(name);
    if (isMeasured && pieces.at(-1) !== variableText) pieces.push(variableText);
    const rest = isMeasured ? piece.slice(name.length).trim() : piece;
    if (rest !== '') pieces.push(rest);
  }
  return pieces;
}

/** As templates have them. */
function withSingleBlanks(text: string): string {
  return text.trim().split(blanks).join(' ');
}

function textsOf(texts: string | readonly string[] | undefined): readonly string[] {
  return texts === undefined ? [] : typeof texts === 'string' ? [texts] : texts;
}

function describe({ log, window }: PolicySpec, value: number, found: readonly { readonly template: string; readonly lines: number }[]): string {
  const about = log?.match === undefined ? '' : ` with ${textsOf(log.match).map((text) => `"${text}"`).join(' or ')}`;
  const what = log?.counts === 'appeared' ? 'new log templates' : log?.counts === 'surged' ? 'surging log templates' : 'log lines';
  const seen = `${formatSeen(value)} ${what}${about} within ${window}`;
  const byTemplate = new Map<string, number>();
  for (const { template, lines } of found) byTemplate.set(template, (byTemplate.get(template) ?? 0) + lines);
  const named = [...byTemplate].filter(([, lines]) => lines > 0).toSorted((a, b) => b[1] - a[1]);
  if (named.length === 0) return seen;
  const more = named.length > mostNamed ? ` and ${named.length - mostNamed} more` : '';
  return `${seen}: ${named.slice(0, mostNamed).map(([template, lines]) => `"${template}"${log?.counts === 'lines' ? ` (${formatSeen(lines)})` : ''}`).join(', ')}${more}`;
}
