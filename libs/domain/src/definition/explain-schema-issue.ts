/** Turns what the schema library says into what an author needs: the field, what is wrong, and how to mend it. */
import type { z } from 'zod';
import { didYouMean } from './closest-name.js';
import type { FieldPath } from './read-documents.js';

export interface FieldProblem {
  readonly path: FieldPath;
  readonly message: string;
}

type Issue = z.core.$ZodIssue;

const words: Readonly<Record<string, string>> = {
  string: 'text', number: 'a number', int: 'a whole number', boolean: 'true or false', object: 'a map of fields', record: 'a map of fields', array: 'a list', null: 'nothing',
};

/** `schema` is what the value was checked against: it knows which fields there could have been. */
export function explainSchemaIssue(issue: Issue, schema: z.ZodType, value: unknown): FieldProblem[] {
  const path = fieldPath(issue.path);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = knownKeys(schema, path, value);
      return issue.keys.map((key) => ({ path: [...path, key], message: `is not a field here${didYouMean(key, known)}: ${known.length > 0 ? `there are ${known.join(', ')}` : 'remove it'}` }));
    }
    case 'invalid_type': {
      const given = valueAt(value, path);
      if (given === undefined) return [{ path, message: `is missing: it is needed, and must be ${wordOf(issue.expected)}` }];
      return [{ path, message: wrongType(issue.expected, given, schemasAt(schema, path, value)) }];
    }
    case 'invalid_value': {
      if (isOwnWording(issue.message)) return [{ path, message: issue.message }];
      const given = valueAt(value, path);
      const choices = issue.values.map(String);
      if (given === undefined) return [{ path, message: `is missing: it is one of ${choices.join(', ')}` }];
      if (choices.length === 1) return [{ path, message: `${quote(given)} is not known: write ${choices[0]!}` }];
      return [{ path, message: notAmong(given, choices) }];
    }
    case 'too_small':
    case 'too_big':
      return [{ path, message: sizeMessage(issue) }];
    case 'invalid_union':
      return explainUnion(issue, path, schema, value);
    case 'invalid_key':
      return [{ path, message: issue.issues[0]?.message ?? 'is not a valid name' }];
    case 'invalid_format':
      return [{ path, message: isOwnWording(issue.message) ? issue.message : `${quote(valueAt(value, path))} is not a valid ${formatName(issue.format)}` }];
    default:
      return [{ path, message: issue.message }];
  }
}

/** Messages of the library begin with "Invalid", ours with a verb. */
function isOwnWording(message: string): boolean {
  return !/^(Invalid|Too|Unrecognized)/.test(message);
}

function wrongType(expected: string, given: unknown, schemas: readonly z.ZodType[]): string {
  if (expected !== 'string' || (typeof given !== 'number' && typeof given !== 'boolean')) return `is ${wordOf(typeOf(given))}, and must be ${wordOf(expected)}`;
  // In quotes it would be text, but perhaps still not what belongs here: then that is what the author needs to know.
  const inQuotes = schemas[0]?.safeParse(String(given)).error?.issues[0]?.message;
  return inQuotes === undefined || !isOwnWording(inQuotes) ? `is ${String(given)}, and must be text: put it in quotes, "${String(given)}"` : `${String(given)} ${inQuotes}`;
}

function explainUnion(issue: Extract<Issue, { code: 'invalid_union' }>, path: FieldPath, schema: z.ZodType, value: unknown): FieldProblem[] {
  if ('discriminator' in issue && typeof issue.discriminator === 'string' && issue.errors.length === 0) {
    const given = valueAt(value, path);
    const choices = ('options' in issue && Array.isArray(issue.options) ? issue.options : []).map(String);
    return [{ path, message: given === undefined ? `is missing: it is one of ${choices.join(', ')}` : `${quote(given)} is not one of ${choices.join(', ')}${didYouMean(String(given), choices)}` }];
  }
  const choices = issue.errors.map(([only, ...more]) => (only?.code === 'invalid_value' && only.path.length === 0 && more.length === 0 ? only.values.map(String) : undefined));
  if (choices.every((one) => one !== undefined)) return [{ path, message: notAmong(valueAt(value, path), [...new Set(choices.flat())]) }];
  // The branch that came furthest is the one the author meant.
  const depthOf = (branch: readonly Issue[]): number => Math.max(...branch.map((one) => one.path.length + (one.code === 'invalid_type' ? 0 : 0.5)));
  const branches = issue.errors.filter((branch) => branch.length > 0).toSorted((a, b) => depthOf(b) - depthOf(a));
  const best = branches[0] ?? [];
  if (best.length > 0 && depthOf(best) >= 0.5) return best.flatMap((inner) => explainSchemaIssue({ ...inner, path: [...issue.path, ...inner.path] }, schema, value));
  const expected = branches.flatMap((branch) => branch.flatMap((one) => (one.code === 'invalid_type' ? [wordOf(one.expected)] : [])));
  return [{ path, message: `is ${wordOf(typeOf(valueAt(value, path)))}, and must be ${[...new Set(expected)].join(' or ')}` }];
}

function sizeMessage(issue: Extract<Issue, { code: 'too_small' | 'too_big' }>): string {
  const isSmall = issue.code === 'too_small';
  const bound = String('minimum' in issue ? issue.minimum : issue.maximum);
  const unit = issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? ' entries' : '';
  if (isSmall && bound === '1' && unit !== '') return 'is empty: it needs at least one entry'.replace('entry', issue.origin === 'string' ? 'character' : 'entry');
  return `must ${unit === '' ? 'be' : 'have'} ${isSmall ? 'at least' : 'at most'} ${bound}${unit}`;
}

function notAmong(given: unknown, choices: readonly string[]): string {
  return `${quote(given)} is not one of ${choices.join(', ')}${didYouMean(String(given), choices)}`;
}

/** Field names that the schema has at a path. */
function knownKeys(schema: z.ZodType, path: FieldPath, value: unknown): string[] {
  const keys = schemasAt(schema, path, value).flatMap((one) => {
    const { shape, keyType } = one.def as unknown as Definition;
    return shape ? Object.keys(shape) : ((keyType as { options?: readonly string[] } | undefined)?.options ?? []);
  });
  return [...new Set(keys)];
}

/** What the schema has at a path; unions are followed by their discriminator, or into every branch. */
function schemasAt(schema: z.ZodType, path: FieldPath, value: unknown): z.ZodType[] {
  let found = objectsOf(schema, value);
  let given: unknown = value;
  for (const step of path) {
    given = valueAt(given, [step]);
    const inner: unknown = given;
    found = found.flatMap((one) => childOf(one, step)).flatMap((one) => objectsOf(one, inner));
  }
  return found;
}

interface Definition {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly discriminator?: string;
  readonly element?: z.ZodType;
  readonly keyType?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
}

function objectsOf(schema: z.ZodType, value: unknown): z.ZodType[] {
  const { type, innerType, in: input, options, discriminator } = schema.def as unknown as Definition;
  if (innerType) return objectsOf(innerType, value);
  if (type === 'pipe' && input) return objectsOf(input, value);
  if (!options) return [schema];
  const chosen = discriminator === undefined ? options : options.filter((one) => (one.def as unknown as Definition).shape?.[discriminator]?.safeParse(valueAt(value, [discriminator])).success);
  return chosen.flatMap((one) => objectsOf(one, value));
}

function childOf(schema: z.ZodType, step: string | number): z.ZodType[] {
  const { shape, element, valueType } = schema.def as unknown as Definition;
  const child = shape?.[String(step)] ?? element ?? valueType;
  return child ? [child] : [];
}

function fieldPath(path: readonly PropertyKey[]): FieldPath {
  return path.map((step) => (typeof step === 'number' ? step : String(step)));
}

export function valueAt(value: unknown, path: FieldPath): unknown {
  let found: unknown = value;
  for (const step of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, step)) return undefined;
    found = (found as Record<string | number, unknown>)[step];
  }
  return found;
}

function typeOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function wordOf(type: string): string {
  return words[type] ?? type;
}

function formatName(format: string): string {
  return { email: 'mail address', url: 'address (https://...)' }[format] ?? format;
}

function quote(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
  return `"${text.length > 60 ? `${text.slice(0, 60)}...` : text}"`;
}
