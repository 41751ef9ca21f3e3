/** The explicit step that makes indexes and fills in fields that were declared since. Safe to repeat, and to run twice at once. */
import type { CollectionSpec, Document } from '@opsloop/ports';
import { EngineError } from '@opsloop/ports';
import type { Connection, mongo } from 'mongoose';
import { modelOf } from './collection-schema.js';
import { connectMongo } from './connect-mongo.js';
import { formatVersion, missingFields, readFormat, readRecord, writeFormat, writeRecord } from './schema-record.js';
import { indexedOf, layoutOf, type StoredDocument } from './stored-document.js';
import { isDuplicate, toEngineError } from './to-engine-error.js';

/**
 * Brings the database to the schema of these specifications and tells what it did, one line each. Services of an older
 * version may run on, but what they write afterwards lacks new fields: run it again when the last of them has stopped.
 * Indexes that are not declared any more stay, and are named.
 */
export async function migrateMongo(url: string, specs: readonly CollectionSpec[]): Promise<string[]> {
  const connection = await connectMongo(url);
  try {
    const told: string[] = [];
    await readFormat(connection);
    for (const spec of specs) told.push(...(await migrateCollection(connection, spec)));
    await writeFormat(connection);
    return [...told, `documents in ${connection.name} have format ${formatVersion}`];
  } catch (error) {
    throw toEngineError('OPSLOOP_MONGODB_URL', error);
  } finally {
    await connection.close(true);
  }
}

async function migrateCollection(connection: Connection, spec: CollectionSpec): Promise<string[]> {
  const model = modelOf(connection, spec);
  await model.createCollection();
  const { toCreate, toDrop } = await model.diffIndexes();
  if (toCreate.length > 0) await model.createIndexes();
  const filled = await fillIn(connection, spec);
  await writeRecord(connection, spec);
  return [
    ...(toCreate.length > 0 ? [`collection ${spec.name}: ${toCreate.length} indexes made`] : []),
    ...(filled > 0 ? [`collection ${spec.name}: declared fields filled in for ${filled} documents`] : []),
    ...toDrop.map((index) => `collection ${spec.name}: the index "${index}" is not needed any more: drop it when no older version runs`),
  ];
}

/** Every document is read once more when a field or a unique key is new: also older versions may have written some of late. */
async function fillIn(connection: Connection, spec: CollectionSpec): Promise<number> {
  const layout = layoutOf(spec);
  const missing = missingFields(await readRecord(connection, spec), spec);
  const lacks = [...layout.fields.map((field) => ({ [`fields.${field}`]: { $exists: false } })), ...(missing.unique.length > 0 ? [{}] : [])];
  if (lacks.length === 0) return 0;
  const stored = connection.getClient().db(connection.name).collection<StoredDocument>(spec.name);
  let filled = 0;
  for await (const { _id, json } of stored.find({ $or: lacks } as mongo.Filter<StoredDocument>, { projection: { json: 1 } })) filled += await fillOne(stored, _id, json);
  return filled;

  async function fillOne(into: mongo.Collection<StoredDocument>, id: string, json: string): Promise<number> {
    try {
      // Only while it is what was read: otherwise its writer has been faster.
      const { modifiedCount } = await into.updateOne({ _id: id, json }, { $set: indexedOf(layout, JSON.parse(json) as Document) });
      return modifiedCount;
    } catch (error) {
      if (isDuplicate(error)) throw new EngineError(`collection ${spec.name}: document ${id} has the unique key of another one: remove one of them, then migrate again`, { retryable: false, cause: error });
      throw error;
    }
  }
}
