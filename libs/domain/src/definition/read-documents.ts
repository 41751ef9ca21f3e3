/** Definition text, YAML or JSON, as plain values that know where each of their fields was written. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments, type Document, type ParsedNode } from 'yaml';
import type { DefinitionIssue } from './definition-issue.js';

const maxTextLength = 1_048_576;
const maxDocuments = 1_000;
/** Fields and entries: what the time of reading a text depends on. */
const maxItems = 50_000;
const maxAliases = 50;
const maxErrorsShown = 20;
/** The YAML parser recurses: what is nested deeper than anything sensible must not reach it. */
const maxFlowDepth = 100;
const maxIndent = 200;
const maxMarksPerLine = 50;
/** Comparing every key with every other is quadratic in the library; duplicates are looked for below. */
const reading = { prettyErrors: false, stringKeys: true, uniqueKeys: false, logLevel: 'silent' } as const;

export type FieldPath = readonly (string | number)[];
export type Position = Pick<DefinitionIssue, 'line' | 'column'>;

export interface TextDocument {
  readonly value: unknown;
  /** The text of this document alone, comments included. */
  readonly source: string;
  /** Where a field is written; of a missing field, where its parent is. `of: 'value'` asks for what stands behind the key. */
  locate(path: FieldPath, of?: 'key' | 'value'): Position;
}

/** Errors are of the text itself; a document with errors is left out. */
export function readDocuments(text: string): { documents: TextDocument[]; errors: DefinitionIssue[] } {
  const refusal = refuseText(text);
  if (refusal) return { documents: [], errors: [refusal] };
  const lineCounter = new LineCounter();
  const parsed = parseAllDocuments(text, { ...reading, lineCounter });
  const found = Array.isArray(parsed) ? parsed : [];
  if (found.length > maxDocuments) return { documents: [], errors: [wholeLine(1, `holds ${found.length} documents, ${maxDocuments} are allowed: split the file`)] };
  const documents: TextDocument[] = [];
  const errors: DefinitionIssue[] = [];
  let start = 0;
  for (const document of found) {
    const written = text.slice(start, document.range[2]);
    start = document.range[2];
    const unreadable = syntaxErrors(document, lineCounter);
    const wrong = unreadable.length > 0 ? unreadable : duplicateKeys(document, lineCounter);
    const value = wrong.length === 0 ? plainValue(document) : undefined;
    if (value?.error !== undefined) wrong.push(wholeLine(lineCounter.linePos(document.range[0]).line, value.error));
    const isEmpty = value?.value === null || value?.value === undefined;
    const source = isEmpty ? undefined : sourceOf(written, value.value);
    if (!isEmpty && source === undefined) wrong.push({ ...locate(document, lineCounter, [], 'key'), path: '', message: 'means something else without the documents before it: repeat their %YAML or %TAG line above it, or put it in a file of its own' });
    errors.push(...wrong.slice(0, maxErrorsShown));
    if (source !== undefined) documents.push(...split(value?.value, source, document, lineCounter));
  }
  return { documents, errors };
}

/** The text of one document, which is stored and sent without the others: it has to read the same by itself. Blank lines around it are left out, unless they count. */
function sourceOf(written: string, value: unknown): string | undefined {
  const wanted = JSON.stringify(value);
  const short = written.replace(/^(?:\uFEFF|[ \t\r]*\n|---[ \t\r]*\n)+/, '').trimEnd();
  return [short, written].find((source) => JSON.stringify(valueAlone(source)) === wanted);
}

function valueAlone(source: string): unknown {
  const [only, ...more] = parseAllDocuments(source, reading);
  return !only || more.length > 0 || only.errors.length + only.warnings.length > 0 ? undefined : plainValue(only).value;
}

/** A JSON array of definitions is as many documents. */
function split(value: unknown, source: string, document: Document.Parsed, lineCounter: LineCounter): TextDocument[] {
  const at = (prefix: FieldPath) => (path: FieldPath, of: 'key' | 'value' = 'key') => locate(document, lineCounter, [...prefix, ...path], of);
  if (!Array.isArray(value)) return [{ value, source, locate: at([]) }];
  return value.map((one, index) => ({ value: one as unknown, source: JSON.stringify(one, null, 2), locate: at([index]) }));
}

function refuseText(text: string): DefinitionIssue | undefined {
  if (text.length > maxTextLength) return wholeLine(1, `is ${text.length} characters long, ${maxTextLength} are allowed: split the file`);
  if (text.includes('\0')) return wholeLine(1, 'is not text: it holds zero bytes');
  let flowDepth = 0;
  let items = 0;
  for (const [index, line] of text.split('\n').entries()) {
    const indent = line.length - line.trimStart().length;
    const marks = line.match(/[-?:](?=\s|$)/g)?.length ?? 0;
    for (const letter of line) flowDepth += letter === '[' || letter === '{' ? 1 : letter === ']' || letter === '}' ? -1 : 0;
    items += 1 + (line.match(/[,:]/g)?.length ?? 0) + (line.match(/["']/g)?.length ?? 0) / 2;
    if (indent > maxIndent || marks > maxMarksPerLine || flowDepth > maxFlowDepth) return wholeLine(index + 1, 'is nested too deeply to be a definition');
    if (items > maxItems) return wholeLine(index + 1, `holds more than ${maxItems} fields and entries: split the file`);
  }
  return undefined;
}

function wholeLine(line: number, message: string): DefinitionIssue {
  return { line, column: 1, path: '', message };
}

function syntaxErrors(document: Document.Parsed, lineCounter: LineCounter): DefinitionIssue[] {
  // A warning is something that the parser passed over, for example an unknown tag: nothing is ignored here.
  const told = new Map([...document.errors, ...document.warnings].map((error) => [`${error.pos[0]} ${error.message}`, error]));
  return [...told.values()].map(({ pos, message }) => {
    const { line, col } = lineCounter.linePos(pos[0]);
    return { line, column: col, path: '', message: `cannot be read as YAML or JSON: ${message}` };
  });
}

function duplicateKeys(document: Document.Parsed, lineCounter: LineCounter): DefinitionIssue[] {
  const errors: DefinitionIssue[] = [];
  const waiting: { node: unknown; path: string }[] = [{ node: document.contents, path: '' }];
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    const { node, path } = one;
    if (isSeq(node)) waiting.push(...node.items.map((item, index) => ({ node: item, path: join(path, index) })));
    if (!isMap(node)) continue;
    const seen = new Set<string>();
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : '';
      const { line, col } = lineCounter.linePos((key as ParsedNode).range?.[0] ?? 0);
      if (seen.has(name)) errors.push({ line, column: col, path: join(path, name), message: 'is written twice: keep one of them' });
      if (name === '__proto__') errors.push({ line, column: col, path: join(path, name), message: 'is not a field' });
      seen.add(name);
      waiting.push({ node: value, path: join(path, name) });
    }
  }
  return errors.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

function plainValue(document: Document.Parsed): { value?: unknown; error?: string } {
  try {
    const value: unknown = document.toJS({ maxAliasCount: maxAliases });
    // An alias inside of what it names makes a value without end: this throws then.
    JSON.stringify(value);
    return { value };
  } catch {
    return { error: `uses aliases (*name) that unfold to more than ${maxAliases} copies, that hold themselves, or that name what is not in this document: write the values out` };
  }
}

function locate(document: Document.Parsed, lineCounter: LineCounter, path: FieldPath, of: 'key' | 'value'): Position {
  let node: unknown = document.contents;
  let offset = (document.contents as ParsedNode | null)?.range?.[0] ?? document.range[0];
  for (const [depth, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      if (!pair) break;
      const wanted = of === 'value' && depth === path.length - 1 ? (pair.value ?? pair.key) : pair.key;
      offset = rangeStart(wanted) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      const item = node.items[Number(step)];
      if (item === undefined) break;
      offset = rangeStart(item) ?? offset;
      node = item;
    } else {
      break;
    }
  }
  const { line, col } = lineCounter.linePos(offset);
  return { line, column: col };
}

function rangeStart(node: unknown): number | undefined {
  return (node as ParsedNode | null)?.range?.[0];
}

function join(path: string, step: string | number): string {
  return path === '' ? String(step) : `${path}.${step}`;
}
