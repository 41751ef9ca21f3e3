import type { Collection } from '@opsloop/ports';
import { machine, machines, type CreateDocuments, type DocumentsUnderTest, type Machine } from './documents-under-test.js';

/** Leases and their fence. */
export function describeDocumentClaims(create: CreateDocuments): void {
  describe('claims', () => {
    let under: DocumentsUnderTest;
    let collection: Collection<Machine>;
    const due = { state: 'due' };
    const minute = 60_000;
    beforeEach(async () => {
      under = await create();
      collection = under.documents.collection<Machine>(machines);
    });
    afterEach(async () => under.destroy());

    test('of 30 that claim one document at once, one gets it', async () => {
      await collection.insert(machine(1, { state: 'due' }));
      const claims = await Promise.all(Array.from({ length: 30 }, (_, i) => collection.claim(due, { owner: `worker ${i}`, leaseMs: minute })));
      expect(claims.filter((one) => one.length > 0)).toEqual([[expect.objectContaining({ version: 2, doc: machine(1, { state: 'due' }) })]]);
    });

    test('of 30 workers and 90 documents, each document goes to one', async () => {
      for (let i = 0; i < 90; i++) await collection.insert(machine(i, { state: 'due' }));
      const claims = await Promise.all(Array.from({ length: 30 }, (_, i) => collection.claim(due, { owner: `worker ${i}`, leaseMs: minute, limit: 3 })));
      expect(new Set(claims.flat().map(({ doc }) => doc.id)).size).toBe(90);
      expect(claims.flat()).toHaveLength(90);
    });

    test('takes those that match and are free, in the order that is asked for', async () => {
      for (let i = 0; i < 6; i++) await collection.insert(machine(i, { state: i === 2 ? 'done' : 'due', rank: 10 - i }), Uint8Array.of(i));
      const options = { owner: 'w', leaseMs: minute, limit: 2, sort: { field: 'rank', direction: 'asc' } } as const;
      const [first, second] = [await collection.claim(due, options), await collection.claim(due, options)];
      expect([first, second].map((claimed) => claimed.map(({ doc }) => doc.id))).toEqual([['default/5', 'default/4'], ['default/3', 'default/1']]);
      expect([...first[0]!.bytes!]).toEqual([5]);
      expect(await collection.claim({ ...due, rank: { lt: 7 } }, options)).toEqual([]);
    });

    test('an owner that lost its lease fails at replace, renew and remove', async () => {
      await collection.insert(machine(1, { state: 'due' }));
      const [mine] = await collection.claim(due, { owner: 'slow', leaseMs: minute });
      expect(await collection.claim(due, { owner: 'other', leaseMs: minute })).toEqual([]);
      await under.skip(minute - 1_000);
      expect(await collection.claim(due, { owner: 'other', leaseMs: minute })).toEqual([]);
      await under.skip(1_001);
      const [theirs] = await collection.claim(due, { owner: 'other', leaseMs: minute });
      expect(theirs!.version).toBeGreaterThan(mine!.version);
      expect(await collection.replace(machine(1, { state: 'done by the slow one' }), mine!.version)).toBe('conflict');
      expect(await collection.renew('default/1', mine!.version, minute)).toBe('conflict');
      expect(await collection.remove('default/1', mine!.version)).toBe('conflict');
      expect(await collection.replace(machine(1, { state: 'done' }), theirs!.version)).toMatchObject({ version: theirs!.version + 1 });
    });

    test('renew extends a lease and moves the fence', async () => {
      await collection.insert(machine(1, { state: 'due' }));
      const [claimed] = await collection.claim(due, { owner: 'w', leaseMs: minute });
      await under.skip(40_000);
      const renewed = await collection.renew('default/1', claimed!.version, minute);
      expect(renewed).toMatchObject({ version: claimed!.version + 1, doc: claimed!.doc });
      await under.skip(40_000);
      expect(await collection.claim(due, { owner: 'other', leaseMs: minute })).toEqual([]);
      expect(await collection.replace(machine(1, { state: 'done' }), claimed!.version)).toBe('conflict');
      await under.skip(20_001);
      expect(await collection.claim(due, { owner: 'other', leaseMs: minute })).toHaveLength(1);
    });

    test('replace ends a lease, unless it is told to keep it', async () => {
      await collection.insert(machine(1, { state: 'due' }));
      const [claimed] = await collection.claim(due, { owner: 'w', leaseMs: minute });
      const kept = await collection.replace(machine(1, { state: 'due' }), claimed!.version, { keepLease: true });
      expect(await collection.claim(due, { owner: 'other', leaseMs: minute })).toEqual([]);
      const ended = await collection.replace(machine(1, { state: 'due' }), (kept as { version: number }).version);
      expect(await collection.renew('default/1', (ended as { version: number }).version, minute)).toBe('conflict');
      expect(await collection.claim(due, { owner: 'other', leaseMs: minute })).toHaveLength(1);
    });

    test('leases outlive a restart, and end by the engine’s clock', async () => {
      await collection.insert(machine(1, { state: 'due' }));
      await collection.claim(due, { owner: 'w', leaseMs: minute });
      await under.reopen();
      const again = under.documents.collection<Machine>(machines);
      expect(await again.claim(due, { owner: 'other', leaseMs: minute })).toEqual([]);
      const before = await under.documents.now();
      await under.skip(minute + 1);
      expect(await under.documents.now()).toBeGreaterThan(before + minute);
      expect(await again.claim(due, { owner: 'other', leaseMs: minute })).toHaveLength(1);
    });

    test.each([
      ['no owner', { owner: '', leaseMs: minute }],
      ['no time', { owner: 'w', leaseMs: 0 }],
      ['a time that is none', { owner: 'w', leaseMs: Number.NaN }],
      ['no limit', { owner: 'w', leaseMs: minute, limit: 0 }],
    ])('refuses a claim with %s', async (_what, options) => {
      await expect(collection.claim({}, options)).rejects.toMatchObject({ name: 'EngineError', retryable: false });
    });
  });
}
