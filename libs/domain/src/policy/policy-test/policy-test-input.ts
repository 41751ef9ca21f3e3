import { parseDurationMs, type Level, type Policy, type PolicyTest } from '@opsloop/contracts';
import { conditionKinds } from '../../condition/condition-kinds.js';
import type { FieldProblem } from '../../definition/explain-schema-issue.js';

const maxSamples = 100_000;
const maxSpanMs = 400 * 86_400_000;
const seriesPattern = /^\s*([^\s{}]+)\s*(?:\{(.*)\})?\s*$/;
const tagPattern = /^\s*([^\s=,{}]+)\s*=\s*(?:"([^"]*)"|([^\s",{}]*))\s*$/;
/** Not within quotes. */
const outerComma = /,(?=(?:[^"]*"[^"]*")*[^"]*$)/;
const runPattern = /^(_|[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?:x(\d+))?$/;

export interface TestSeries {
  /** As it was written; what `expect[].series` names. */
  readonly text: string;
  readonly metric: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly everyMs: number;
  /** undefined: no sample at that time. */
  readonly values: readonly (number | undefined)[];
}

export interface TestExpectation {
  readonly atMs: number;
  readonly level: Level | undefined;
  readonly state: 'open' | 'resolved' | 'no-data' | undefined;
  /** Index into `series`; undefined: any. */
  readonly series: number | undefined;
}

export interface ParsedPolicyTest {
  readonly series: readonly TestSeries[];
  readonly expected: readonly TestExpectation[];
  /** Paths begin at the test. When there are any, series and expected are not complete. */
  readonly problems: readonly FieldProblem[];
}

/** Reads the texts of a policy's unit test: `cpu.utilisation{host=a}`, `50x6 90x18 _x3`. */
export function parsePolicyTest(policy: Policy, test: PolicyTest): ParsedPolicyTest {
  const problems: FieldProblem[] = [];
  const isList = Array.isArray(test.input);
  const inputs = Array.isArray(test.input) ? test.input : [test.input];
  const series = inputs.flatMap((input, index) => {
    const path = isList ? ['input', index] : ['input'];
    const parsed = parseSeries(metricsOf(policy), input.series);
    const everyMs = parseDurationMs(input.every) ?? 0;
    const values = parseValues(input.values);
    if (typeof parsed === 'string') problems.push({ path: [...path, 'series'], message: parsed });
    if (everyMs <= 0) problems.push({ path: [...path, 'every'], message: 'must be longer than 0' });
    if (typeof values === 'string') problems.push({ path: [...path, 'values'], message: values });
    else if (values.length * everyMs > maxSpanMs) problems.push({ path: [...path, 'values'], message: 'span more than 400 days' });
    return typeof parsed === 'string' || typeof values === 'string' ? [] : [{ text: input.series, ...parsed, everyMs, values }];
  });
  const texts = inputs.map((input) => squeeze(input.series));
  if (new Set(texts).size < texts.length) problems.push({ path: ['input'], message: 'names the same series twice' });
  const expected = test.expect.map((one, index): TestExpectation => {
    const place = one.series === undefined ? undefined : texts.indexOf(squeeze(one.series));
    if (place === -1) problems.push({ path: ['expect', index, 'series'], message: `${one.series ?? ''} is not among the inputs: ${inputs.map((input) => input.series).join(', ')}` });
    if (one.state === 'no-data' && one.level !== undefined && one.level !== 'down') problems.push({ path: ['expect', index, 'level'], message: 'missing data has the level down' });
    return { atMs: parseDurationMs(one.at) ?? 0, level: one.level, state: one.state, series: place };
  });
  return { series, expected, problems };
}

function squeeze(text: string): string {
  return text.replaceAll(/\s/g, '');
}

/** Every metric that the policy reads; its own first. */
function metricsOf(policy: Policy): string[] {
  const { spec } = policy;
  const of = (metrics: readonly (string | undefined)[]): string[] => [...new Set([spec.metric, ...metrics.filter((one) => one !== undefined)])];
  if (spec.log) return (conditionKinds['log-pattern']?.compile(policy).inputs ?? []).map((input) => input.metric);
  if (spec.kind === 'ratio') return of([spec.ratio?.to]);
  return spec.kind === 'composite' ? of(Object.values(spec.composite?.when ?? {}).map((one) => one.metric)) : of([]);
}

/** Metric and tags, or what is wrong. */
function parseSeries(metrics: readonly string[], text: string): { metric: string; tags: Record<string, string> } | string {
  const match = seriesPattern.exec(text);
  if (!match) return `"${text}" is not a series: write ${metrics[0] ?? ''}{host=a}`;
  if (!metrics.includes(match[1]!)) return `is of the metric ${match[1] ?? ''}, the policy watches ${metrics.join(', ')}`;
  const tags: Record<string, string> = {};
  for (const part of (match[2] ?? '').split(outerComma).filter((one) => one.trim() !== '')) {
    const tag = tagPattern.exec(part);
    if (!tag) return `"${part.trim()}" is not a label: write name=value`;
    tags[tag[1]!] = tag[2] ?? tag[3] ?? '';
  }
  return { metric: match[1]!, tags };
}

/** The samples, or what is wrong. */
function parseValues(text: string): (number | undefined)[] | string {
  const values: (number | undefined)[] = [];
  for (const word of text.trim().split(/\s+/)) {
    const match = runPattern.exec(word);
    if (!match) return `"${word}" is not a value: write a number, or _ for a gap, with a count behind x where it repeats, for example 50x6`;
    const times = match[2] === undefined ? 1 : Number(match[2]);
    const value = match[1] === '_' ? undefined : Number(match[1]);
    if (value !== undefined && !Number.isFinite(value)) return `"${word}" is beyond the largest number there is`;
    if (times < 1 || values.length + times > maxSamples) return `"${word}" makes ${times < 1 ? 'no sample' : `more than ${maxSamples} samples`}`;
    for (let i = 0; i < times; i++) values.push(value);
  }
  return values;
}
