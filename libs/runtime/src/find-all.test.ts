import type { Collection, Filter, FindOptions } from '@opsloop/ports';
import { findAll } from './find-all.js';

interface Text {
  readonly id: string;
  readonly tenant: string;
}

const all = Array.from({ length: 12 }, (_, at): Text => ({ id: `t/${at}`, tenant: 't' }));

/** Pages of five at most, as of heavy documents, whatever the limit. */
const asked: number[] = [];
const collection = {
  async find(_filter: Filter, { limit, cursor }: FindOptions = {}) {
    asked.push(limit!);
    const from = Number(cursor ?? 0);
    const to = from + Math.min(5, limit!);
    return { items: all.slice(from, to).map((doc) => ({ doc, version: 1 })), ...(to < all.length && { nextCursor: String(to) }) };
  },
} as unknown as Collection<Text>;

it('reads on behind a short page, up to the most that is wanted', async () => {
  expect(await findAll(collection, { tenant: 't' })).toEqual(all);
  expect(await findAll(collection, { tenant: 't' }, 7)).toEqual(all.slice(0, 7));
  expect(asked).toEqual([1_000, 1_000, 1_000, 7, 2]);
});
