/** How a document lies in MongoDB. Nobody else reads it. */
import type { CollectionSpec, Document, Scalar, Stored } from '@opsloop/ports';
import { declaredFields, declaredValues, documentJson } from '@opsloop/ports';
import { mongo } from 'mongoose';

export interface StoredDocument {
  readonly _id: string;
  readonly version: number;
  /** The declared fields; what is missing is null. */
  readonly fields: Readonly<Record<string, Scalar>>;
  /** One text for each unique key that the document has; a key with a missing field is not there, so it is not compared. */
  readonly keys: Readonly<Record<string, string>>;
  /** The whole document. As text it comes back as it was, whatever its keys are called. */
  readonly json: string;
  readonly bytes?: mongo.Binary;
  /** Both times are the server's. */
  readonly lease?: { readonly owner: string; readonly at: Date; readonly ms: number };
}

export interface DocumentLayout {
  readonly name: string;
  /** The declared fields, sorted. */
  readonly fields: readonly string[];
  readonly unique: readonly (readonly string[])[];
}

export function layoutOf(spec: CollectionSpec): DocumentLayout {
  return { name: spec.name, fields: declaredFields(spec), unique: spec.unique ?? [] };
}

/** The path of a declared field or of `id`. */
export function pathOf(field: string): string {
  return field === 'id' ? '_id' : `fields.${field}`;
}

/** Fields are letters and digits, so the joined name is one of a kind. */
export function keyName(fields: readonly string[]): string {
  return fields.join('_');
}

/** What a write sets, besides version, lease and bytes. Refuses what no document store takes. */
export function contentOf(layout: DocumentLayout, doc: Document): Pick<StoredDocument, 'fields' | 'keys' | 'json'> {
  const json = documentJson(layout.name, doc);
  return { ...indexedOf(layout, doc), json };
}

export function indexedOf(layout: DocumentLayout, doc: Document): Pick<StoredDocument, 'fields' | 'keys'> {
  const values = declaredValues(layout.name, layout.fields, doc);
  const fields = Object.fromEntries(layout.fields.map((field, i) => [field, values[i]!]));
  const keys = layout.unique.map((names) => [keyName(names), names.map((name) => (name === 'id' ? doc.id : fields[name]!))] as const);
  return { fields, keys: Object.fromEntries(keys.filter(([, one]) => one.every((value) => value !== null)).map(([name, one]) => [name, JSON.stringify(one)])) };
}

export function toBinary(bytes: Uint8Array): mongo.Binary {
  return new mongo.Binary(bytes);
}

export function toStored<T extends Document>({ version, json, bytes }: StoredDocument): Stored<T> {
  const doc = JSON.parse(json) as T;
  return bytes ? { doc, version, bytes: bytes.buffer.subarray(0, bytes.position) } : { doc, version };
}
