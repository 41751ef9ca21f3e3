import type { Collection } from '@opsloop/ports';
import { machine, machines, type CreateDocuments, type DocumentsUnderTest, type Machine } from './documents-under-test.js';

/** Insert, compare-and-set, remove; what is refused; what survives. */
export function describeDocumentWrites(create: CreateDocuments): void {
  describe('writes', () => {
    let under: DocumentsUnderTest;
    let collection: Collection<Machine>;
    beforeEach(async () => {
      under = await create();
      collection = under.documents.collection<Machine>(machines);
    });
    afterEach(async () => under.destroy());

    test('an inserted document comes back as it was, also after a restart', async () => {
      const doc = machine('ä/1', { serial: 's', rank: 1.5, up: true, note: { deep: [1, null, { x: 'ü' }], text: 'quote " and \u0000' } });
      expect(await collection.insert(doc, Uint8Array.of(0, 255, 7))).toMatchObject({ doc, version: 1 });
      await under.reopen();
      const found = await under.documents.collection<Machine>(machines).get(doc.id);
      expect(found).toMatchObject({ doc, version: 1 });
      expect([...found!.bytes!]).toEqual([0, 255, 7]);
      expect(await under.documents.collection<Machine>(machines).get('default/other')).toBeUndefined();
    });

    test('the id and each unique key is taken once', async () => {
      await collection.insert(machine(1, { serial: 'a', slot: 1 }));
      expect(await collection.insert(machine(1, { serial: 'b' }))).toBe('exists');
      expect(await collection.insert(machine(2, { serial: 'a' }))).toBe('exists');
      expect(await collection.insert(machine(2, { serial: 'b', slot: 1 }))).toBe('exists');
      expect(await collection.insert({ id: 'other/1', tenant: 'other', serial: 'b', slot: 1 })).toMatchObject({ version: 1 });
      // A document without the field is not compared.
      expect(await collection.insert(machine(3))).toMatchObject({ version: 1 });
      expect(await collection.insert(machine(4))).toMatchObject({ version: 1 });
    });

    test('of 30 that insert the same id at once, one succeeds', async () => {
      const outcomes = await Promise.all(Array.from({ length: 30 }, (_, i) => collection.insert(machine('same', { state: `writer ${i}` }))));
      const won = outcomes.findIndex((one) => one !== 'exists');
      expect(outcomes.filter((one) => one !== 'exists')).toHaveLength(1);
      expect((await collection.get('default/same'))?.doc.state).toBe(`writer ${won}`);
    });

    test('replace: of 30 that know version 1, one wins; the others are told', async () => {
      await collection.insert(machine(1));
      const outcomes = await Promise.all(Array.from({ length: 30 }, (_, i) => collection.replace(machine(1, { state: `writer ${i}` }), 1)));
      const won = outcomes.findIndex((one) => one !== 'conflict');
      expect(outcomes.filter((one) => one !== 'conflict')).toEqual([expect.objectContaining({ version: 2 })]);
      expect(await collection.get('default/1')).toMatchObject({ version: 2, doc: { state: `writer ${won}` } });
    });

    test('a counter kept by compare-and-set loses no step', async () => {
      await collection.insert(machine('counter', { rank: 0 }));
      await Promise.all(Array.from({ length: 10 }, async () => {
        for (let done = 0; done < 10; ) {
          const { doc, version } = (await collection.get('default/counter'))!;
          if ((await collection.replace({ ...doc, rank: (doc.rank as number) + 1 }, version)) !== 'conflict') done++;
        }
      }));
      expect(await collection.get('default/counter')).toMatchObject({ version: 101, doc: { rank: 100 } });
    });

    test('replace and remove: conflict when the version moved on or the document is gone', async () => {
      await collection.insert(machine(1));
      expect(await collection.replace(machine('none'), 1)).toBe('conflict');
      expect(await collection.remove('default/1', 2)).toBe('conflict');
      expect(await collection.remove('default/1', 1)).toBe('removed');
      expect(await collection.remove('default/1', 1)).toBe('conflict');
      expect(await collection.replace(machine(1), 1)).toBe('conflict');
      expect(await collection.get('default/1')).toBeUndefined();
    });

    test('replace writes the fields that are filtered by, and gives a unique key free', async () => {
      await collection.insert(machine(1, { serial: 'a', state: 'old', up: true }));
      await collection.replace(machine(1, { serial: 'b', state: 'new' }), 1);
      expect((await collection.find({ tenant: 'default', state: 'old' })).items).toEqual([]);
      expect((await collection.find({ up: true })).items).toEqual([]);
      expect((await collection.find({ tenant: 'default', state: 'new' })).items).toHaveLength(1);
      expect(await collection.insert(machine(2, { serial: 'a' }))).toMatchObject({ version: 1 });
      await expect(collection.replace(machine(2, { serial: 'b' }), 1)).rejects.toMatchObject({ name: 'EngineError', retryable: false });
      expect(await collection.get('default/2')).toMatchObject({ version: 1, doc: { serial: 'a' } });
    });

    test('bytes stay as they are when replace leaves them out, and change with it', async () => {
      await collection.insert(machine(1), Uint8Array.of(1));
      await collection.replace(machine(1, { state: 'x' }), 1);
      expect([...(await collection.get('default/1'))!.bytes!]).toEqual([1]);
      await collection.replace(machine(1), 2, { bytes: Uint8Array.of(2, 3) });
      expect([...(await collection.get('default/1'))!.bytes!]).toEqual([2, 3]);
    });

    test('takes JSON and bytes up to 1 MiB each; the caller may change its bytes at once', async () => {
      const bytes = new Uint8Array(2 ** 20).fill(7);
      const inserting = collection.insert(machine(1, { note: 'x'.repeat(2 ** 20 - 100) }), bytes);
      bytes.fill(8);
      await inserting;
      const found = (await collection.get('default/1'))!;
      expect([found.bytes!.length, found.bytes!.every((byte) => byte === 7)]).toEqual([2 ** 20, true]);
      expect((found.doc.note as string).length).toBe(2 ** 20 - 100);
    });

    test.each<[string, RegExp, (to: Collection<Machine>) => Promise<unknown>]>([
      ['more than 1 MiB of JSON', /1048576/, (to) => to.insert(machine(1, { note: 'x'.repeat(2 ** 20) }))],
      ['more than 1 MiB of bytes', /1048576/, (to) => to.insert(machine(1), new Uint8Array(2 ** 20 + 1))],
      ['an id without its tenant', /tenant/, (to) => to.insert({ id: 'loose', tenant: 'default' })],
      ['an id of another tenant', /tenant/, (to) => to.insert({ id: 'other/1', tenant: 'default' })],
      ['an empty id', /id/, (to) => to.get('')],
      ['a declared field that is no scalar', /state/, (to) => to.insert(machine(1, { state: ['a'] as unknown as string }))],
      ['a declared field that is no number', /rank/, (to) => to.insert(machine(1, { rank: Number.POSITIVE_INFINITY }))],
      ['a version that is none', /version/, (to) => to.replace(machine(1), 0)],
    ])('refuses %s for good, says why, and stores nothing', async (_what, message, attempt) => {
      const error = await attempt(collection).then(() => undefined, (reason: unknown) => reason);
      expect(error).toMatchObject({ name: 'EngineError', retryable: false, message: expect.stringMatching(message) });
      expect((await collection.find({})).items).toEqual([]);
    });

    test('one that is refused does not take along those that are written with it', async () => {
      const outcomes = await Promise.allSettled([collection.insert(machine(1)), collection.insert(machine(2, { rank: Number.NaN })), collection.insert(machine(1)), collection.find({ nowhere: 1 }), collection.insert(machine(3))]);
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled']);
      expect((await collection.find({})).items.map(({ doc }) => doc.id)).toEqual(['default/1', 'default/3']);
    });

    test('a field that is declared later is found in what was written before', async () => {
      for (let i = 0; i < 250; i++) await collection.insert(machine(i, { note: i % 2 === 0 ? 'even' : 'odd' }));
      await under.reopen();
      const more = { ...machines, indexes: [...machines.indexes, ['note']] };
      await under.migrate?.([more]);
      const later = under.documents.collection<Machine>(more);
      expect((await later.find({ note: 'even' }, { limit: 1_000 })).items).toHaveLength(125);
      await later.insert(machine('new', { note: 'even' }));
      expect((await later.find({ note: 'even' }, { limit: 1_000 })).items).toHaveLength(126);
    });

    test('two collections do not see each other', async () => {
      const other = under.documents.collection<Machine>({ ...machines, name: 'suite-others' });
      await collection.insert(machine(1, { serial: 'a' }));
      expect(await other.insert(machine(1, { serial: 'a' }))).toMatchObject({ version: 1 });
      expect(await other.remove('default/1', 1)).toBe('removed');
      expect(await collection.get('default/1')).toBeDefined();
    });
  });
}
