/** What was migrated: one document for the format, one for each collection. */
import type { CollectionSpec } from '@opsloop/ports';
import { EngineError } from '@opsloop/ports';
import type { Connection, mongo } from 'mongoose';
import { modelOf } from './collection-schema.js';
import { keyName, layoutOf } from './stored-document.js';

/** Rises when documents are laid out in another way. */
export const formatVersion = 1;
const formatId = 'format';
const mend = 'run `npm run migrate` (in the image: `node services/migrate/dist/main.js`) with the same settings';

export interface SchemaRecord {
  readonly version?: number;
  /** Declared fields that every document of the collection has. */
  readonly fields?: readonly string[];
  /** Names of unique keys, likewise. */
  readonly keys?: readonly string[];
  /** When documents were last found, or feared, to lack some of them. Both times are the server's. */
  readonly lackedAt?: Date;
  /** When a service last went through the collection for such documents, or still does. */
  readonly lookedAt?: Date;
}

function schemaRecords(connection: Connection): mongo.Collection<SchemaRecord & { readonly _id: string }> {
  return connection.getClient().db(connection.name).collection<SchemaRecord & { readonly _id: string }>('opsloop-schema');
}

export async function readFormat(connection: Connection): Promise<number | undefined> {
  const version = (await schemaRecords(connection).findOne({ _id: formatId }))?.version;
  if (version !== undefined && version > formatVersion) throw new EngineError(`OPSLOOP_MONGODB_URL: the documents in ${connection.name} belong to a newer Opsloop (format ${version}, this one knows ${formatVersion}): start that one, or name another database`, { retryable: false });
  return version;
}

export async function writeFormat(connection: Connection): Promise<void> {
  await schemaRecords(connection).updateOne({ _id: formatId }, { $set: { version: formatVersion } }, { upsert: true });
}

/** The server's clock, ms since the epoch: the one that $$NOW and $currentDate read. */
export async function readServerClock(connection: Connection): Promise<number> {
  const [answer] = await schemaRecords(connection).aggregate<{ readonly now: Date }>([{ $match: { _id: formatId } }, { $project: { now: '$$NOW' } }]).toArray();
  if (!answer) throw notMigrated(connection, 'there is none');
  return answer.now.getTime();
}

/** Throws one line that names the mend when the format, an index, or a declared field is missing. */
export async function checkSchema(connection: Connection, specs: readonly CollectionSpec[]): Promise<void> {
  const format = await readFormat(connection);
  if (format !== formatVersion) throw notMigrated(connection, format === undefined ? 'there is none' : `it has format ${format}, this version needs ${formatVersion}`);
  const records = new Map((await schemaRecords(connection).find().toArray()).map(({ _id: id, ...record }) => [id, record]));
  for (const spec of specs) {
    const { fields, unique } = missingFields(records.get(recordId(spec)), spec);
    const [missing] = [...fields, ...unique];
    if (missing !== undefined) throw notMigrated(connection, `collection ${spec.name} has no ${missing}`);
  }
  await Promise.all(specs.map(async (spec) => {
    const { toCreate } = await modelOf(connection, spec).diffIndexes();
    if (toCreate.length > 0) throw notMigrated(connection, `collection ${spec.name} has no index on ${Object.keys(toCreate[0]!).join(', ')}`);
  }));
}

/** Declared fields and unique keys that documents written so far may lack. */
export function missingFields(record: SchemaRecord | undefined, spec: CollectionSpec): { readonly fields: readonly string[]; readonly unique: readonly string[] } {
  const { fields, unique } = layoutOf(spec);
  return { fields: fields.filter((field) => !record?.fields?.includes(field)), unique: unique.map(keyName).filter((key) => !record?.keys?.includes(key)) };
}

export async function readRecord(connection: Connection, spec: CollectionSpec): Promise<SchemaRecord | undefined> {
  return (await schemaRecords(connection).findOne({ _id: recordId(spec) })) ?? undefined;
}

/** `lacked`: documents lacked something, and older versions may go on to write such ones. */
export async function writeRecord(connection: Connection, spec: CollectionSpec, lacked: boolean): Promise<void> {
  const { fields, unique } = layoutOf(spec);
  await schemaRecords(connection).updateOne({ _id: recordId(spec) }, { $set: { fields, keys: unique.map(keyName) }, ...(lacked && { $currentDate: { lackedAt: true } }) }, { upsert: true });
}

export interface TimedRecord extends SchemaRecord {
  /** The server's clock. */
  readonly now: Date;
}

/** Every record, by the name of its collection. */
export async function readRecords(connection: Connection): Promise<ReadonlyMap<string, TimedRecord>> {
  const found = await schemaRecords(connection).aggregate<TimedRecord & { readonly _id: string }>([{ $match: { _id: { $ne: formatId } } }, { $addFields: { now: '$$NOW' } }]).toArray();
  return new Map(found.map(({ _id: id, ...record }) => [id.slice(recordId({ name: '' }).length), record]));
}

/** Of many that want to look through a collection after the same look one may. */
export async function claimLook(connection: Connection, spec: CollectionSpec, { lookedAt }: SchemaRecord): Promise<boolean> {
  const asRead = lookedAt ? { $lt: new Date(lookedAt.getTime() + 1) } : { $exists: false };
  const { modifiedCount } = await schemaRecords(connection).updateOne({ _id: recordId(spec), lookedAt: asRead }, { $currentDate: { lookedAt: true } });
  return modifiedCount === 1;
}

export async function noteLook(connection: Connection, spec: CollectionSpec): Promise<void> {
  await schemaRecords(connection).updateOne({ _id: recordId(spec) }, { $currentDate: { lookedAt: true } });
}

export async function noteLacking(connection: Connection, spec: CollectionSpec): Promise<void> {
  await schemaRecords(connection).updateOne({ _id: recordId(spec) }, { $currentDate: { lackedAt: true } });
}

function recordId({ name }: Pick<CollectionSpec, 'name'>): string {
  return `collection ${name}`;
}

function notMigrated(connection: Connection, what: string): EngineError {
  return new EngineError(`OPSLOOP_MONGODB_URL: the database ${connection.name} has not the schema of this version (${what}): ${mend}`, { retryable: false });
}
