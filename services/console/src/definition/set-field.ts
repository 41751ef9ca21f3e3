import type { Kind } from '@opsloop/contracts';
import { isNode, isScalar, parseAllDocuments, type Document } from 'yaml';

/** A field of the first definition of a kind in a text, as it is written; undefined where it is not there. `path` begins at the document. */
export function readField(text: string, kind: Kind, path: readonly string[]): string | undefined {
  const value = definitionIn(text, kind)?.getIn(path);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/** The text with another value of a field; everything else, comments and indentation too, stays as it is. An empty value takes the field away. */
export function setField(text: string, kind: Kind, path: readonly string[], value: string): string {
  const definition = definitionIn(text, kind);
  if (!definition) return text;
  const node = definition.getIn(path, true);
  const range = isNode(node) && isScalar(node) && node.value !== null ? node.range : undefined;
  if (range && value !== '') return `${text.slice(0, range[0])}${quote(value)}${text.slice(range[1])}`;
  if (value === '') definition.deleteIn(path);
  else definition.setIn(path, value);
  // Comments before and behind the document are not its contents: they stay where they are.
  const { contents } = definition;
  if (!contents?.range) return text;
  definition.commentBefore = null;
  definition.comment = null;
  if (definition.directives) definition.directives.docStart = null;
  const [from, to] = contents.range;
  const end = text.slice(from, to).endsWith('\n') ? '\n' : '';
  return `${text.slice(0, from)}${definition.toString({ lineWidth: 0 }).trimEnd()}${end}${text.slice(to)}`;
}

/** Undefined too while its text is no YAML: what cannot be read is not written either. */
function definitionIn(text: string, kind: Kind): Document.Parsed | undefined {
  const documents = parseAllDocuments(text, { logLevel: 'silent' });
  if ('empty' in documents) return undefined;
  return documents.find((document) => document.errors.length === 0 && document.get?.('kind') === kind);
}

function quote(value: string): string {
  return /^[A-Za-z0-9][\w.]*$/.test(value) ? value : JSON.stringify(value);
}
