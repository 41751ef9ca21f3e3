/** Gives documents that were written without declared fields or unique keys what they lack. Safe to repeat, and by several at once. */
import type { CollectionSpec, Document } from '@opsloop/ports';
import { EngineError } from '@opsloop/ports';
import { mongo, type Connection } from 'mongoose';
import { indexedOf, keyName, layoutOf, pathOf, type DocumentLayout, type StoredDocument } from './stored-document.js';
import { duplicateKey } from './to-engine-error.js';

const writesAtOnce = 200;
const writtenAtOnce = 4 * 2 ** 20;

interface Written {
  readonly filled: number;
  /** Why one of them is as it was. */
  readonly refused?: EngineError;
}

/**
 * Goes through the collection by id, so many documents in one answer of the server, and yields for each such piece how many
 * were filled in. One that cannot be is left as it is, and the first of these is thrown at the end.
 */
export async function* fillIn(connection: Connection, spec: CollectionSpec, pieceDocuments: number): AsyncGenerator<number> {
  const layout = layoutOf(spec);
  const lacks = lacking(layout);
  if (lacks.length === 0) return;
  const stored = connection.getClient().db(connection.name).collection<StoredDocument>(spec.name);
  let refused: EngineError | undefined;
  for (let after: string | undefined = ''; after !== undefined; ) {
    const end = await lastOfPiece(stored, after, pieceDocuments);
    const piece = { _id: { $gt: after, ...(end !== undefined && { $lte: end }) }, $or: lacks } as mongo.Filter<StoredDocument>;
    const written = await fillPiece(stored, layout, stored.find(piece, { projection: { json: 1 }, hint: { _id: 1 } }));
    refused ??= written.refused;
    yield written.filled;
    after = end;
  }
  if (refused) throw refused;
}

/** Undefined when fewer are left. */
async function lastOfPiece(stored: mongo.Collection<StoredDocument>, after: string, pieceDocuments: number): Promise<string | undefined> {
  const last = await stored.find({ _id: { $gt: after } }, { projection: { _id: 1 } }).sort({ _id: 1 }).skip(pieceDocuments - 1).limit(1).toArray();
  return last.map(({ _id: id }) => id)[0];
}

/** What a document lacks that an older version wrote: a field, or a key although each of its fields is there. */
function lacking({ fields, unique }: DocumentLayout): object[] {
  return [
    ...fields.map((field) => ({ [pathOf(field)]: { $exists: false } })),
    ...unique.map((names) => ({
      ...Object.fromEntries(names.filter((name) => name !== 'id').map((name) => [pathOf(name), { $ne: null }])),
      [`keys.${keyName(names)}`]: { $exists: false },
    })),
  ];
}

async function fillPiece(stored: mongo.Collection<StoredDocument>, layout: DocumentLayout, found: mongo.FindCursor<StoredDocument>): Promise<Written> {
  let filled = 0;
  let refused: EngineError | undefined;
  let updates: Update[] = [];
  let weight = 0;
  const flush = async (): Promise<void> => {
    const written = await write(stored, updates);
    filled += written.filled;
    refused ??= written.refused;
    updates = [];
    weight = 0;
  };
  for await (const { _id: id, json } of found) {
    try {
      updates.push(toUpdate(layout, id, json));
      weight += json.length;
    } catch (error) {
      refused ??= error instanceof EngineError ? error : new EngineError(`collection ${layout.name}: document ${id} is none of Opsloop's, or damaged: remove it, then migrate again`, { retryable: false, cause: error });
    }
    if (updates.length >= writesAtOnce || weight >= writtenAtOnce) await flush();
  }
  await flush();
  return refused ? { filled, refused } : { filled };
}

interface Update {
  readonly id: string;
  /** What was read. */
  readonly json: string;
  readonly set: Readonly<Record<string, unknown>>;
}

/** Each by its path: what a newer version has declared besides stays. */
function toUpdate(layout: DocumentLayout, id: string, json: string): Update {
  const { fields, keys } = indexedOf(layout, JSON.parse(json) as Document);
  const values = [...Object.entries(fields).map(([name, value]) => [`fields.${name}`, value]), ...Object.entries(keys).map(([name, value]) => [`keys.${name}`, value])];
  return { id, json, set: Object.fromEntries(values) as Record<string, unknown> };
}

async function write(stored: mongo.Collection<StoredDocument>, updates: readonly Update[]): Promise<Written> {
  if (updates.length === 0) return { filled: 0 };
  try {
    // Each only while it is what was read: otherwise its writer has been faster.
    const { modifiedCount } = await stored.bulkWrite(updates.map(({ id, json, set }) => ({ updateOne: { filter: { _id: id, json }, update: { $set: set } } })), { ordered: false });
    return { filled: modifiedCount };
  } catch (error) {
    const refusals = error instanceof mongo.MongoBulkWriteError ? [error.writeErrors].flat() : [];
    const [first] = refusals;
    if (!(error instanceof mongo.MongoBulkWriteError) || !first || refusals.some(({ code }) => code !== duplicateKey)) throw error;
    const message = `collection ${stored.collectionName}: document ${updates[first.index]!.id} has the unique key of another one: remove one of them, then migrate again`;
    return { filled: error.modifiedCount, refused: new EngineError(message, { retryable: false, cause: error }) };
  }
}
