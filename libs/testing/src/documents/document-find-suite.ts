import type { Collection, Filter, FindOptions } from '@opsloop/ports';
import { machine, machines, type CreateDocuments, type DocumentsUnderTest, type Machine } from './documents-under-test.js';

/** Filters, order, pages. */
export function describeDocumentFinds(create: CreateDocuments): void {
  describe('find', () => {
    let under: DocumentsUnderTest;
    let collection: Collection<Machine>;
    beforeEach(async () => {
      under = await create();
      collection = under.documents.collection<Machine>(machines);
    });
    afterEach(async () => under.destroy());

    async function ids(filter: Filter, options?: FindOptions): Promise<string[]> {
      return (await collection.find(filter, options)).items.map(({ doc }) => doc.id.slice('default/'.length));
    }

    async function allPages(filter: Filter, options: FindOptions): Promise<{ ids: string[]; pages: number }> {
      const found: string[] = [];
      let pages = 0;
      for (let cursor: string | undefined; ; ) {
        const page = await collection.find(filter, { ...options, ...(cursor === undefined ? {} : { cursor }) });
        found.push(...page.items.map(({ doc }) => doc.id.slice('default/'.length)));
        pages++;
        if (page.nextCursor === undefined) return { ids: found, pages };
        cursor = page.nextCursor;
      }
    }

    describe('of values of every kind', () => {
      const ranks: Record<string, Machine['rank']> = { gone: undefined, null: null, minus: -1, zero: 0, one: 1, half: 1.5, empty: '', a: 'a', b: 'b', number: '1', yes: true, no: false };
      beforeEach(async () => {
        for (const [name, rank] of Object.entries(ranks)) await collection.insert(machine(name, rank === undefined ? {} : { rank }));
      });

      test.each<[string, Filter, string[]]>([
        ['a number', { rank: 1 }, ['one']],
        ['a string that looks like a number', { rank: '1' }, ['number']],
        ['true, which is not 1', { rank: true }, ['yes']],
        ['false, which is not 0', { rank: false }, ['no']],
        ['null, which is also a missing field', { rank: null }, ['gone', 'null']],
        ['the empty string', { rank: '' }, ['empty']],
        ['in', { rank: { in: [0, 'a', true] } }, ['a', 'yes', 'zero']],
        ['in with null', { rank: { in: [null, 1.5] } }, ['gone', 'half', 'null']],
        ['in nothing', { rank: { in: [] } }, []],
        ['gte', { rank: { gte: 1 } }, ['half', 'one']],
        ['gt', { rank: { gt: 0 } }, ['half', 'one']],
        ['lte: numbers only', { rank: { lte: 0 } }, ['minus', 'zero']],
        ['lt', { rank: { lt: 0 } }, ['minus']],
        ['a range', { rank: { gt: -1, lte: 1 } }, ['one', 'zero']],
        ['a range of strings', { rank: { gte: '1', lt: 'b' } }, ['a', 'number']],
        ['strings from above', { rank: { lte: 'a' } }, ['a', 'empty', 'number']],
        ['strings from below, no booleans', { rank: { gt: 'a' } }, ['b']],
        ['booleans', { rank: { gte: false } }, ['no', 'yes']],
        ['two fields', { rank: { gte: 0 }, state: null }, ['half', 'one', 'zero']],
        ['a field and the id', { rank: { gte: 0 }, id: { gte: 'default/o' } }, ['one', 'zero']],
      ])('%s', async (_what, filter, expected) => {
        expect(await ids(filter)).toEqual(expected);
      });

      test('sorted both ways: null, numbers, strings; ties by id', async () => {
        const order = ['gone', 'null', 'minus', 'zero', 'one', 'half', 'empty', 'number', 'a', 'b'];
        const filter = { id: { in: order.map((name) => `default/${name}`) } };
        expect(await ids(filter, { sort: { field: 'rank', direction: 'asc' } })).toEqual(order);
        expect(await ids(filter, { sort: { field: 'rank', direction: 'desc' } })).toEqual([...order.slice(2).toReversed(), 'gone', 'null']);
        expect(await ids(filter, { sort: { field: 'id', direction: 'desc' } })).toEqual(order.toSorted().toReversed());
      });

      test.each(['asc', 'desc'] as const)('pages %s of every size hold each document once, in order', async (direction) => {
        const sort = { field: 'rank', direction };
        const whole = await ids({}, { sort });
        for (const limit of [1, 2, 3, 5, 11, 12, 13]) {
          const { ids: paged, pages } = await allPages({}, { sort, limit });
          expect(paged).toEqual(whole);
          expect(pages).toBe(Math.max(1, Math.ceil(whole.length / limit)));
        }
      });
    });

    test('pages over many ties, by id and within a filter, while documents come and go', async () => {
      for (let i = 0; i < 60; i++) await collection.insert(machine(String(i).padStart(2, '0'), { state: i % 3 === 0 ? 'a' : 'b', rank: i % 2 }));
      const sort = { field: 'rank', direction: 'desc' } as const;
      const first = await collection.find({ tenant: 'default', state: 'b' }, { sort, limit: 15 });
      await collection.remove(first.items[3]!.doc.id, 1);
      await collection.insert(machine('99', { state: 'b', rank: 0 }));
      const second = await collection.find({ state: 'b', tenant: 'default' }, { sort, limit: 15, cursor: first.nextCursor! });
      const third = await collection.find({ tenant: 'default', state: 'b' }, { sort, limit: 15, cursor: second.nextCursor! });
      expect(third.nextCursor).toBeUndefined();
      const all = [first, second, third].flatMap(({ items }) => items.map(({ doc }) => doc.id));
      expect(new Set(all).size).toBe(41);
      expect(all).toHaveLength(41);
      expect(all.at(-1)).toBe('default/99');
    });

    test('limits to 100 when nothing is said', async () => {
      for (let i = 0; i < 105; i++) await collection.insert(machine(i));
      const page = await collection.find({});
      expect(page.items).toHaveLength(100);
      expect((await collection.find({}, { cursor: page.nextCursor! })).items).toHaveLength(5);
    });

    test('heavy documents make shorter pages, and none is lost', async () => {
      for (let i = 0; i < 24; i++) await collection.insert(machine(String(i).padStart(2, '0')), new Uint8Array(2 ** 20));
      const { ids: found } = await allPages({}, { limit: 1_000 });
      expect(found).toEqual(Array.from({ length: 24 }, (_, i) => String(i).padStart(2, '0')));
    });

    test.each<[string, RegExp, Filter, FindOptions]>([
      ['a filter on a field that is not declared', /note/, { note: 'x' }, {}],
      ['a sort by a field that is not declared', /note/, {}, { sort: { field: 'note', direction: 'asc' } }],
      ['a field that no collection could have', /x"; DROP/, { 'x"; DROP TABLE a; --': 1 }, {}],
      ['an unknown comparison', /like/, { rank: { like: 'x' } as never }, {}],
      ['an empty range', /rank/, { rank: {} }, {}],
      ['a range to null', /rank/, { rank: { gte: null } }, {}],
      ['in without a list', /rank/, { rank: { in: 'abc' as never } }, {}],
      ['a condition that is no scalar', /rank/, { rank: { in: [[1]] as never } }, {}],
      ['a limit above 1000', /1000/, {}, { limit: 1_001 }],
      ['a limit of 0', /limit/, {}, { limit: 0 }],
      ['a cursor that is none', /cursor/, {}, { cursor: 'bm9uc2Vuc2U' }],
      ['a cursor that is empty', /cursor/, {}, { cursor: '' }],
    ])('refuses %s for good and says why', async (_what, message, filter, options) => {
      await expect(collection.find(filter, options)).rejects.toMatchObject({ name: 'EngineError', retryable: false, message: expect.stringMatching(message) });
    });

    test('a cursor belongs to its query: filter, sort and collection', async () => {
      for (let i = 0; i < 5; i++) await collection.insert(machine(i, { state: 'a', rank: i }));
      const sort = { field: 'rank', direction: 'asc' } as const;
      const cursor = (await collection.find({ state: 'a' }, { sort, limit: 2 })).nextCursor!;
      const other = under.documents.collection<Machine>({ ...machines, name: 'suite-others' });
      for (const attempt of [
        () => collection.find({ state: 'b' }, { sort, cursor }),
        () => collection.find({ state: 'a' }, { sort: { field: 'rank', direction: 'desc' }, cursor }),
        () => collection.find({ state: 'a' }, { cursor }),
        () => other.find({ state: 'a' }, { sort, cursor }),
      ]) await expect(attempt()).rejects.toMatchObject({ name: 'EngineError', retryable: false });
      expect((await collection.find({ state: 'a' }, { sort, limit: 3, cursor })).items).toHaveLength(3);
    });
  });
}
