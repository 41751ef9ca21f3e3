import type { Checkpoints } from '@opsloop/ports';

/** Checkpoints on data of their own. */
export interface CheckpointsUnderTest {
  readonly checkpoints: Checkpoints;
  reopen(): Promise<void>;
  destroy(): Promise<void>;
  /** How many chunks are stored, those of crashed saves included. */
  storedChunks(): Promise<number>;
}

const key = { group: 'aggregator', partition: 3 };
const mebibyte = 2 ** 20;

/** What every checkpoint store promises; runs inside a jest test file. */
export function checkpointsConformance(name: string, create: () => Promise<CheckpointsUnderTest>): void {
  describe(`${name} are checkpoints`, () => {
    let under: CheckpointsUnderTest;
    beforeEach(async () => {
      under = await create();
    });
    afterEach(async () => under.destroy());

    const chunk = (fill: number, size = 100) => new Uint8Array(size).fill(fill);
    const load = async () => {
      const found = await under.checkpoints.load(key);
      return found && { position: found.position, fills: found.chunks.map((bytes) => [bytes[0], bytes.length]) };
    };

    async function* crashing(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
      yield* chunks;
      throw new Error('the process dies here');
    }

    test('nothing is there at first, also after begin', async () => {
      expect(await load()).toBeUndefined();
      expect(await under.checkpoints.begin(key)).toBe(1);
      expect(await load()).toBeUndefined();
    });

    test('what was saved comes back whole and in order, also after a restart', async () => {
      const epoch = await under.checkpoints.begin(key);
      const chunks = [chunk(1, mebibyte), chunk(2, 0), ...Array.from({ length: 12 }, (_, i) => chunk(i + 3, 1_000 + i))];
      expect(await under.checkpoints.save(key, epoch, 41, chunks)).toBe('saved');
      await under.reopen();
      expect(await load()).toEqual({ position: 41, fills: [[1, mebibyte], [undefined, 0], ...Array.from({ length: 12 }, (_, i) => [i + 3, 1_000 + i])] });
    });

    test('a save replaces the one before and sweeps its chunks', async () => {
      const epoch = await under.checkpoints.begin(key);
      for (let position = 1; position <= 5; position++) await under.checkpoints.save(key, epoch, position, Array.from({ length: 6 - position }, () => chunk(position)));
      expect(await load()).toEqual({ position: 5, fills: [[5, 100]] });
      expect(await under.storedChunks()).toBe(1);
      await under.checkpoints.save(key, epoch, 6, []);
      expect(await load()).toEqual({ position: 6, fills: [] });
      expect(await under.storedChunks()).toBe(0);
    });

    test('groups and partitions stand alone', async () => {
      const other = { group: 'trigger', partition: 3 };
      const [epoch, otherEpoch] = [await under.checkpoints.begin(key), await under.checkpoints.begin(other)];
      await under.checkpoints.save(key, epoch, 1, [chunk(1)]);
      await under.checkpoints.save(other, otherEpoch, 2, [chunk(2)]);
      await under.checkpoints.save(other, otherEpoch, 3, [chunk(3)]);
      expect(await load()).toEqual({ position: 1, fills: [[1, 100]] });
      expect(await under.checkpoints.load({ group: 'aggregator', partition: 4 })).toBeUndefined();
    });

    test('each tenure has a higher epoch, also after a restart and when two begin at once', async () => {
      const epochs = [await under.checkpoints.begin(key)];
      await under.reopen();
      epochs.push(...(await Promise.all(Array.from({ length: 8 }, () => under.checkpoints.begin(key)))));
      expect(new Set(epochs).size).toBe(9);
      expect(Math.max(...epochs.slice(1))).toBeGreaterThan(epochs[0]!);
      expect(await under.checkpoints.begin(key)).toBeGreaterThan(Math.max(...epochs));
    });

    test('a lower epoch is refused from begin on, and leaves nothing behind', async () => {
      const old = await under.checkpoints.begin(key);
      await under.checkpoints.save(key, old, 10, [chunk(1)]);
      const young = await under.checkpoints.begin(key);
      expect(await under.checkpoints.save(key, old, 20, [chunk(2), chunk(2)])).toBe('fenced');
      expect(await load()).toEqual({ position: 10, fills: [[1, 100]] });
      expect(await under.checkpoints.save(key, young, 11, [chunk(3)])).toBe('saved');
      expect(await under.checkpoints.save(key, old, 20, [chunk(2)])).toBe('fenced');
      expect(await load()).toEqual({ position: 11, fills: [[3, 100]] });
      expect(await under.storedChunks()).toBe(1);
    });

    test('a tenure that begins while an older save is under way fences it', async () => {
      const old = await under.checkpoints.begin(key);
      async function* overtaken() {
        yield chunk(1);
        const young = await under.checkpoints.begin(key);
        expect(await under.checkpoints.save(key, young, 30, [chunk(9), chunk(9)])).toBe('saved');
        yield chunk(1);
      }
      expect(await under.checkpoints.save(key, old, 20, overtaken())).toBe('fenced');
      expect(await load()).toEqual({ position: 30, fills: [[9, 100], [9, 100]] });
      expect(await under.storedChunks()).toBe(2);
    });

    test('an epoch that was never begun is refused for good', async () => {
      await expect(under.checkpoints.save(key, 7, 1, [chunk(1)])).rejects.toMatchObject({ name: 'EngineError', retryable: false });
    });

    test('a crash between the chunks and the manifest leaves the old snapshot, and the next save sweeps', async () => {
      const old = await under.checkpoints.begin(key);
      await under.checkpoints.save(key, old, 10, [chunk(1), chunk(1)]);
      await expect(under.checkpoints.save(key, old, 20, crashing(chunk(2), chunk(2), chunk(2)))).rejects.toThrow('dies here');
      expect(await under.storedChunks()).toBe(5);
      await under.reopen();
      expect(await load()).toEqual({ position: 10, fills: [[1, 100], [1, 100]] });
      const young = await under.checkpoints.begin(key);
      expect(await load()).toEqual({ position: 10, fills: [[1, 100], [1, 100]] });
      await under.checkpoints.save(key, young, 21, [chunk(3)]);
      expect(await load()).toEqual({ position: 21, fills: [[3, 100]] });
      expect(await under.storedChunks()).toBe(1);
    });

    test('a chunk above 1 MiB is refused for good; the old snapshot stays', async () => {
      const epoch = await under.checkpoints.begin(key);
      await under.checkpoints.save(key, epoch, 1, [chunk(1)]);
      await expect(under.checkpoints.save(key, epoch, 2, [chunk(2), chunk(2, mebibyte + 1)])).rejects.toMatchObject({ name: 'EngineError', retryable: false });
      expect(await load()).toEqual({ position: 1, fills: [[1, 100]] });
    });

    test('who loads while others save sees one snapshot whole', async () => {
      const epoch = await under.checkpoints.begin(key);
      await under.checkpoints.save(key, epoch, 1, Array.from({ length: 9 }, () => chunk(1)));
      let saving = true;
      const saver = (async () => {
        for (let position = 2; position <= 30; position++) await under.checkpoints.save(key, epoch, position, Array.from({ length: 9 }, () => chunk(position)));
        saving = false;
      })();
      let loads = 0;
      while (saving) {
        const found = (await load())!;
        expect(found.fills).toEqual(Array.from({ length: 9 }, () => [found.position, 100]));
        loads++;
      }
      await saver;
      expect(loads).toBeGreaterThan(3);
    });
  });
}
