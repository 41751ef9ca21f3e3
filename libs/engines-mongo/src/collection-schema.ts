/** The indexes of a collection, as a mongoose schema: made by `migrateMongo`, checked at each start, never made on the way. */
import type { CollectionSpec } from '@opsloop/ports';
import { Schema, type Connection, type Model } from 'mongoose';
import { keyName, layoutOf, pathOf, type StoredDocument } from './stored-document.js';

/** Throws for names that no document store takes. */
export function modelOf(connection: Connection, spec: CollectionSpec): Model<StoredDocument> {
  const { name, unique } = layoutOf(spec);
  if (connection.models[name]) connection.deleteModel(name);
  const schema = new Schema<StoredDocument>(
    { _id: String, version: Number, fields: Schema.Types.Mixed, keys: Schema.Types.Mixed, json: String, bytes: Buffer, lease: { owner: String, at: Date, ms: Number } },
    { collection: name, autoIndex: false, autoCreate: false, bufferCommands: false, versionKey: false },
  );
  for (const fields of unique) schema.index({ [`keys.${keyName(fields)}`]: 1 }, { name: `unique ${fields.join(' ')}`, unique: true, sparse: true });
  for (const { name: index, key } of orderedIndexes(spec)) schema.index(key, { name: index });
  return connection.model<StoredDocument>(name, schema);
}

/**
 * The id at the end orders ties and serves cursors. An index that ends with a time is there in both directions,
 * because lists show the newest first while ties stay ordered by id, ascending.
 */
function orderedIndexes({ indexes = [] }: CollectionSpec): { name: string; key: Record<string, 1 | -1> }[] {
  return indexes.flatMap((fields) => {
    const last = fields.at(-1)!;
    const directions: (1 | -1)[] = last.endsWith('Ms') ? [1, -1] : [1];
    return directions.map((direction) => ({
      name: `index ${fields.join(' ')}${direction === -1 ? ' down' : ''}`,
      key: Object.fromEntries([...fields.map((field) => [pathOf(field), field === last ? direction : 1]), ...(fields.includes('id') ? [] : [['_id', 1]])]) as Record<string, 1 | -1>,
    }));
  });
}
