import { parseDurationMs } from '../duration-text.js';
import { inputValueProblem, wholePattern } from './input-value.js';
import type { PlaybookSpec, PlaybookStep } from './playbook-shape.js';
import { parseTemplate } from './template.js';

export interface PlaybookProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

const longestTimeoutMs = 86_400_000;
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** What is wrong with a playbook beyond the shape of its fields: inputs, templates, and what each kind of step needs. */
export function playbookProblems(spec: PlaybookSpec): PlaybookProblem[] {
  const problems: PlaybookProblem[] = [...inputProblems(spec)];
  const seen = new Set<string>();
  for (const [index, step] of spec.steps.entries()) {
    const path = ['steps', index];
    if (seen.has(step.id)) problems.push({ path: [...path, 'id'], message: `is used twice: step ids tell results apart, so each "${step.id}" needs a name of its own` });
    seen.add(step.id);
    problems.push(...stepProblems(spec, step).map((one) => ({ ...one, path: [...path, ...one.path] })));
  }
  if (spec.strategy.batch === 0 || spec.strategy.batch === '0%') problems.push({ path: ['strategy', 'batch'], message: 'is nothing: a batch holds at least 1 target' });
  if (spec.verify && parseDurationMs(spec.verify.within)! < parseDurationMs(spec.verify.holds)!) {
    problems.push({ path: ['verify', 'within'], message: `is shorter than holds: nothing can hold for ${spec.verify.holds} within ${spec.verify.within}` });
  }
  return problems;
}

/** The conditions of a range of versions, for example [`>=1.20`, `<2`]; none: every version. */
export function versionConditions(range: string): readonly string[] {
  return range.replaceAll(/([<>=])\s+/g, '$1').split(/\s+/).filter((one) => one !== '' && one !== '*');
}

/** Asked when a playbook is written, not when it is read: one that is stored already goes on. */
export function versionProblems(spec: PlaybookSpec): PlaybookProblem[] {
  const wrong = versionConditions(spec.for?.versions ?? '').find((one) => !/^(>=|<=|>|<|=)?v?\d+(\.\d+)*(\.[x*]|[-+][0-9A-Za-z.-]+)?$/.test(one));
  return wrong === undefined ? [] : [{ path: ['for', 'versions'], message: `holds "${wrong}", which is no condition on a version: write * for all, or conditions that must all hold, apart by blanks: >=1.20 <2` }];
}

function inputProblems(spec: PlaybookSpec): PlaybookProblem[] {
  const problems: PlaybookProblem[] = [];
  for (const [name, input] of Object.entries(spec.inputs)) {
    const path = ['inputs', name];
    if (input.pattern !== undefined && !wholePattern(input.pattern)) {
      problems.push({ path: [...path, 'pattern'], message: 'is not a regular expression' });
      continue;
    }
    for (const [index, value] of (input.enum ?? []).entries()) {
      const wrong = inputValueProblem(input, value);
      if (wrong) problems.push({ path: [...path, 'enum', index], message: wrong });
    }
    const wrong = input.default === undefined ? undefined : inputValueProblem(input, input.default);
    if (wrong) problems.push({ path: [...path, 'default'], message: wrong });
  }
  return problems;
}

function stepProblems(spec: PlaybookSpec, step: PlaybookStep): PlaybookProblem[] {
  const problems: PlaybookProblem[] = [];
  const timeoutMs = parseDurationMs(step.timeout)!;
  if (timeoutMs < 1 || timeoutMs > longestTimeoutMs) problems.push({ path: ['timeout'], message: 'must be longer than 0 and at most 1d' });
  if (step.uses === 'http') {
    if (!step.request) problems.push({ path: ['request'], message: 'is missing: a step that uses http needs a request' });
    if (step.run) problems.push({ path: ['run'], message: 'does not belong to a step that uses http: it takes request' });
    if (Array.isArray(step.rollback)) problems.push({ path: ['rollback'], message: 'must be a request, since the step uses http' });
  } else {
    if (!step.run) problems.push({ path: ['run'], message: `is missing: a step that uses ${step.uses} needs an argument list` });
    if (step.request) problems.push({ path: ['request'], message: `does not belong to a step that uses ${step.uses}: it takes run` });
    if (step.rollback && !Array.isArray(step.rollback)) problems.push({ path: ['rollback'], message: `must be an argument list, since the step uses ${step.uses}` });
  }
  for (const key of ['run', 'request', 'rollback'] as const) {
    const action = step[key];
    if (!action) continue;
    const found = Array.isArray(action) ? argumentProblems(action) : requestProblems(action as NonNullable<PlaybookStep['request']>);
    problems.push(...found.map((one) => ({ ...one, path: [key, ...one.path] })));
    problems.push(...templateProblems(spec, action, [key]));
  }
  return problems;
}

function argumentProblems(args: readonly string[]): PlaybookProblem[] {
  const command = parseTemplate(args[0] ?? '');
  if (args[0] === '') return [{ path: [0], message: 'is empty: the first argument is the command' }];
  if (Array.isArray(command) && command.some((part) => 'input' in part)) return [{ path: [0], message: 'is the command, and must not come from an input' }];
  return [];
}

/** Bodies that inputs may stand in, since their escaping is known. */
export const escapedBodies = ['application/json', 'application/x-www-form-urlencoded', 'text/plain'] as const;

function requestProblems(request: NonNullable<PlaybookStep['request']>): PlaybookProblem[] {
  const problems: PlaybookProblem[] = [];
  if (!request.path.startsWith('/') || request.path.startsWith('//')) problems.push({ path: ['path'], message: 'must begin with one /: the address of the target comes before it' });
  for (const name of Object.keys(request.headers ?? {})) {
    if (!headerName.test(name)) problems.push({ path: ['headers', name], message: 'is not the name of a header' });
  }
  for (const [name, text] of Object.entries(request.headers ?? {})) {
    if (/[\r\n]/.test(text)) problems.push({ path: ['headers', name], message: 'holds a line break' });
  }
  if (request.body !== undefined && (request.method === 'GET' || request.method === 'HEAD')) problems.push({ path: ['body'], message: `does not belong to ${request.method}` });
  const parts = parseTemplate(request.body ?? '');
  if (Array.isArray(parts) && parts.some((part) => 'input' in part) && !escapedBodies.some((type) => contentTypeOf(request.headers) === type)) {
    problems.push({ path: ['body'], message: `holds inputs, so the header Content-Type must be one of ${escapedBodies.join(', ')}: they say how a value is escaped` });
  }
  return problems;
}

/** The media type of a request in lower case, without parameters; '' when it names none. */
export function contentTypeOf(headers: Readonly<Record<string, string>> | undefined): string {
  const header = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
  return header.split(';')[0]!.trim().toLowerCase();
}

function templateProblems(spec: PlaybookSpec, value: unknown, path: readonly (string | number)[]): PlaybookProblem[] {
  if (typeof value === 'string') return textProblems(spec, value).map((message) => ({ path, message }));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, field]) => templateProblems(spec, field, [...path, Array.isArray(value) ? Number(key) : key]));
}

function textProblems(spec: PlaybookSpec, text: string): string[] {
  if (text.includes('\0')) return ['holds a null byte'];
  const parts = parseTemplate(text);
  if (typeof parts === 'string') return [parts];
  const declared = Object.keys(spec.inputs);
  return parts.flatMap((part) => ('input' in part && !declared.includes(part.input) ? [`names the input "${part.input}", which is not declared: ${declared.length > 0 ? `there are ${declared.join(', ')}` : 'add it under inputs'}`] : []));
}
