/** One collection: each call is one command, or for pages and claims a few. */
import type { Collection, CollectionSpec, Document, Stored } from '@opsloop/ports';
import { checkId, checkLease, checkOwner, checkPageSize, checkVersion, decodeCursor, documentBytes, encodeCursor, pageEnd, queryKey } from '@opsloop/ports';
import type { mongo } from 'mongoose';
import { contentOf, layoutOf, toBinary, toStored, type StoredDocument } from './stored-document.js';
import { isDuplicate } from './to-engine-error.js';
import { all, toBehind, toOrder, toQuery } from './to-query.js';

/** Runs a command on the collection; answers with what it answered, or throws an EngineError. */
export type RunCommand = <R>(spec: CollectionSpec, command: (stored: mongo.Collection<StoredDocument>) => Promise<R>) => Promise<R>;

const defaultLimit = 100;
/** Weight of one answer of `find`: a page may be shorter than its limit, never much heavier than this. */
const pageBytesAtMost = 8 * 2 ** 20;
/** Held by nobody, or not any more, by the clock of the server alone. */
const free = { $or: [{ lease: null }, { $expr: { $lte: [{ $add: ['$lease.at', '$lease.ms'] }, '$$NOW'] } }] };

export function createMongoCollection<T extends Document>(spec: CollectionSpec, run: RunCommand): Collection<T> {
  const layout = layoutOf(spec);
  const { name } = layout;

  return {
    async get(id) {
      const found = await run(spec, async (stored) => stored.findOne({ _id: checkId(id) }));
      return found ? toStored<T>(found) : undefined;
    },
    async insert(doc, bytes) {
      const content = contentOf(layout, doc);
      const carried = bytes && documentBytes(name, doc.id, bytes);
      return run(spec, async (stored) => {
        try {
          await stored.insertOne({ _id: doc.id, version: 1, ...content, ...(carried && { bytes: toBinary(carried) }) });
          return toResult(doc, 1, bytes);
        } catch (error) {
          if (isDuplicate(error)) return 'exists';
          throw error;
        }
      });
    },
    async replace(doc, expectedVersion, { bytes, keepLease = false } = {}) {
      const content = contentOf(layout, doc);
      const carried = bytes && documentBytes(name, doc.id, bytes);
      const update = { $inc: { version: 1 }, $set: { ...content, ...(carried && { bytes: toBinary(carried) }) }, ...(keepLease ? {} : { $unset: { lease: '' as const } }) };
      const { matchedCount } = await run(spec, async (stored) => stored.updateOne({ _id: doc.id, version: checkVersion(expectedVersion) }, update));
      return matchedCount === 1 ? toResult(doc, expectedVersion + 1, bytes) : 'conflict';
    },
    async remove(id, expectedVersion) {
      const { deletedCount } = await run(spec, async (stored) => stored.deleteOne({ _id: checkId(id), version: checkVersion(expectedVersion) }));
      return deletedCount === 1 ? 'removed' : 'conflict';
    },
    async find(filter, { sort, limit, cursor } = {}) {
      const query = queryKey(name, filter, sort);
      const order = toOrder(layout, sort);
      const size = checkPageSize(limit, defaultLimit);
      const behind = cursor === undefined ? [] : [toBehind(sort, decodeCursor(query, cursor))];
      const where = all([toQuery(layout, filter), ...behind]);
      const { items, more } = await run(spec, async (stored) => readPage<T>(stored.find(where).sort(order).limit(size + 1).batchSize(size + 1), size));
      const last = items.at(-1);
      return more && last ? { items, nextCursor: encodeCursor(query, pageEnd(last.doc, sort)) } : { items };
    },
    async claim(filter, { owner, leaseMs, limit, sort }) {
      const size = checkPageSize(limit, 1);
      const where = all([toQuery(layout, filter), free]);
      const lease = { $inc: { version: 1 }, $set: { 'lease.owner': checkOwner(name, owner), 'lease.ms': checkLease(leaseMs) }, $currentDate: { 'lease.at': true as const } };
      const order = toOrder(layout, sort);
      const claimed: Stored<T>[] = [];
      while (claimed.length < size) {
        // One command chooses and takes: of many that claim at once each gets another document.
        const taken = await run(spec, async (stored) => stored.findOneAndUpdate(where, lease, { sort: order, returnDocument: 'after' }));
        if (!taken) break;
        claimed.push(toStored<T>(taken));
      }
      return claimed;
    },
    async renew(id, expectedVersion, leaseMs) {
      const held = { _id: checkId(id), version: checkVersion(expectedVersion), lease: { $exists: true } };
      const lease = { $inc: { version: 1 }, $set: { 'lease.ms': checkLease(leaseMs) }, $currentDate: { 'lease.at': true as const } };
      const renewed = await run(spec, async (stored) => stored.findOneAndUpdate(held, lease, { returnDocument: 'after' }));
      return renewed ? toStored<T>(renewed) : 'conflict';
    },
  };
}

async function readPage<T extends Document>(cursor: mongo.FindCursor<StoredDocument>, size: number): Promise<{ items: Stored<T>[]; more: boolean }> {
  const items: Stored<T>[] = [];
  let weight = 0;
  try {
    for await (const one of cursor) {
      if (items.length === size || weight > pageBytesAtMost) return { items, more: true };
      weight += one.json.length + (one.bytes?.position ?? 0);
      items.push(toStored<T>(one));
    }
    return { items, more: false };
  } finally {
    await cursor.close();
  }
}

function toResult<T extends Document>(doc: T, version: number, bytes: Uint8Array | undefined): Stored<T> {
  return bytes ? { doc, version, bytes } : { doc, version };
}
