/** What a step will run, with its inputs filled in. No value ever becomes a second argument, an option, a path segment or markup. */
import { contentTypeOf, parseTemplate, type InputValues, type PlaybookInput, type PlaybookSpec, type PlaybookStep } from '@opsloop/contracts';

export interface RenderedStep {
  /** local: the argument list; http: empty. */
  readonly args: readonly string[];
  /** http: method, path, headers, body, expectStatus; local: empty. */
  readonly options: Readonly<Record<string, unknown>>;
}

type Action = NonNullable<PlaybookStep['run'] | PlaybookStep['request']>;
type Request = NonNullable<PlaybookStep['request']>;

/** Thrown by rendering; the message says which value is refused and why. */
export class RenderError extends Error {}

/**
 * Fills the inputs of a step, or of its rollback, in. `values` are those of `completeInputs`. Throws RenderError for a
 * value that would change the meaning of what was written: see `renderArgument` and `renderPath`.
 */
export function renderStep(spec: PlaybookSpec, step: PlaybookStep, kind: 'step' | 'rollback', values: InputValues): RenderedStep {
  const action: Action | undefined = kind === 'rollback' ? step.rollback : (step.run ?? step.request);
  if (!action) throw new RenderError(`step ${step.id} has nothing to run`);
  if (Array.isArray(action)) return { args: action.map((text) => renderArgument(spec, text, values)), options: {} };
  return { args: [], options: renderRequest(action, values) };
}

/**
 * One argument, never split. A value may not begin with `-` where it begins the argument, since the command would take
 * it for an option, unless the input's pattern or choice was written to allow it.
 */
function renderArgument(spec: PlaybookSpec, text: string, values: InputValues): string {
  const parts = partsOf(text);
  const leading = parts.find((part) => 'literal' in part || String(values[part.input] ?? '') !== '');
  if (leading && 'input' in leading && String(values[leading.input]).startsWith('-') && !allowsDash(spec.inputs[leading.input])) {
    throw new RenderError(`the value of ${leading.input} begins with "-" and would be read as an option: give the input a pattern that allows it, or put text before it`);
  }
  return fill(parts, values, (value) => value);
}

function allowsDash(input: PlaybookInput | undefined): boolean {
  return input?.pattern !== undefined || input?.enum !== undefined;
}

function renderRequest(request: Request, values: InputValues): Record<string, unknown> {
  const { method, path, headers, body, expectStatus } = request;
  return {
    method,
    path: renderPath(path, values),
    ...(headers && { headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, renderHeader(name, text, values)])) }),
    ...(body !== undefined && { body: fill(partsOf(body), values, bodyEscape(contentTypeOf(headers))) }),
    ...(expectStatus && { expectStatus }),
  };
}

/** Values are percent-encoded, so they stay inside their segment; a segment made of dots alone would climb, and is refused. */
function renderPath(path: string, values: InputValues): string {
  const rendered = fill(partsOf(path), values, percentEncode);
  const segments = rendered.split(/[?#]/)[0]!.split('/');
  if (segments.some((one) => one === '.' || one === '..')) throw new RenderError(`the path ${rendered} holds a segment of dots alone, which leads elsewhere`);
  return rendered;
}

function renderHeader(name: string, text: string, values: InputValues): string {
  const rendered = fill(partsOf(text), values, (value) => value);
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(rendered) || /[^\u0000-\u00ff]/.test(rendered)) throw new RenderError(`the header ${name} would hold a character that headers cannot carry`);
  return rendered;
}

/** The media types that `playbookProblems` allows inputs in. */
function bodyEscape(contentType: string): (value: string) => string {
  if (contentType === 'application/json') return (value) => JSON.stringify(value).slice(1, -1);
  if (contentType === 'application/x-www-form-urlencoded') return percentEncode;
  return (value) => value;
}

function percentEncode(value: string): string {
  try {
    return encodeURIComponent(value);
  } catch {
    throw new RenderError('a value is not well-formed Unicode');
  }
}

type Parts = Exclude<ReturnType<typeof parseTemplate>, string>;

function partsOf(text: string): Parts {
  const parts = parseTemplate(text);
  if (typeof parts === 'string') throw new RenderError(`"${text.slice(0, 80)}" ${parts}`);
  return parts;
}

function fill(parts: Parts, values: InputValues, escape: (value: string) => string): string {
  return parts
    .map((part) => {
      if ('literal' in part) return part.literal;
      const value = values[part.input];
      if (value === undefined) throw new RenderError(`the input ${part.input} has no value`);
      const text = String(value);
      if (text.includes('\0')) throw new RenderError(`the value of ${part.input} holds a null byte`);
      return escape(text);
    })
    .join('');
}
