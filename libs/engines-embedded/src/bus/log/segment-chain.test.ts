import { copyFileSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTempDir } from '@opsloop/testing';
import { encodeFrame, frameBytes, recordBytes, rowOf, timeOf, type FramedRecord } from './frame.js';
import { SegmentChain } from './segment-chain.js';

const none = new Uint8Array(0);
const segmentBytes = 10_000;

/** A row with one record of about `bytes` bytes, committed at 1,000 x its number. */
function frameOf(row: number, bytes = 1_000): Buffer {
  const record: FramedRecord = { partition: 0, key: 'k', keyBytes: 1, headers: '{}', headerBytes: 0, value: new Uint8Array(bytes).fill(row), arrivalMs: row };
  const frame = Buffer.from(new ArrayBuffer(frameBytes(2, recordBytes(record), none)));
  encodeFrame(frame, { row, timeMs: 1_000 * row, next: Float64Array.of(row, 1), partitions: [[record], undefined], positions: none });
  return frame;
}

describe('segments', () => {
  const dir = createTempDir();
  let folder: string;
  let chain: SegmentChain;
  let count = 0;
  beforeEach(() => {
    folder = join(dir.path, `topic-${count++}`);
    chain = new SegmentChain(folder, 2, segmentBytes);
  });
  afterEach(() => chain.close());
  afterAll(() => dir.remove());

  async function append(from: number, to: number, bytes?: number): Promise<void> {
    for (let row = from; row <= to; row++) {
      const frame = frameOf(row, bytes);
      await chain.append(frame, chain.beginsSegment(frame.length));
    }
  }

  async function reopen(): Promise<number[]> {
    await chain.close();
    chain = new SegmentChain(folder, 2, segmentBytes);
    const rows: number[] = [];
    await chain.open((frame) => rows.push(rowOf(frame)));
    return rows;
  }

  const files = () => readdirSync(folder).toSorted().map((name) => join(folder, name));
  const rowsFrom = async (row: number, maxBytes = 1e9) => (await chain.read(row, maxBytes)).map(rowOf);

  test('rows are read from any place, also after the files were opened again', async () => {
    await append(1, 30);
    expect(files()).toHaveLength(4);
    for (let opened = 0; opened < 2; opened++) {
      expect(await rowsFrom(1)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect(await rowsFrom(5, 2_000)).toEqual([5, 6]);
      expect(await rowsFrom(30)).toEqual([30]);
      expect(await rowsFrom(31)).toEqual([]);
      if (opened === 0) expect(await reopen()).toEqual([28, 29, 30]);
    }
    await append(31, 31);
    expect(await rowsFrom(28)).toEqual([28, 29, 30, 31]);
  });

  test('frames larger than a page and than a segment', async () => {
    await append(1, 3, 3_000_000);
    await append(4, 4);
    expect(files()).toHaveLength(4);
    expect(await reopen()).toEqual([4]);
    expect((await chain.read(2, 1)).map((frame) => [rowOf(frame), frame.length > 3_000_000])).toEqual([[2, true]]);
  });

  test('a search finds the first row of which something holds', async () => {
    chain = new SegmentChain(folder, 2, 400_000);
    await append(1, 900);
    for (let opened = 0; opened < 2; opened++) {
      expect(await Promise.all([5, 5, 450, 5].map((row) => chain.firstWhere((head) => timeOf(head) >= 1_000 * row)))).toEqual([5, 5, 450, 5]);
      for (const row of [1, 2, 63, 64, 65, 371, 372, 500, 899, 900]) expect(await chain.firstWhere((head) => timeOf(head) >= 1_000 * row)).toBe(row);
      expect(await chain.firstWhere((head) => timeOf(head) > 900_000)).toBeUndefined();
      if (opened === 0) await reopen();
    }
  });

  test('the oldest segment goes, and a reader of it goes on with the next', async () => {
    await append(1, 30);
    const before = chain.bytes;
    const reading = rowsFrom(1);
    await chain.removeFirst();
    expect([[10, 11], [1, 2]]).toContainEqual((await reading).slice(0, 2));
    expect([rowOf(chain.heads[0]!), files().length, before - chain.bytes]).toEqual([10, 3, 9 * frameOf(1).length]);
    expect((await rowsFrom(1))[0]).toBe(10);
    expect(await chain.firstWhere(() => true)).toBe(10);
  });

  test('space is written ahead, given back when the segment is full, and counted', async () => {
    await append(1, 1);
    expect([statSync(files()[0]!).size, chain.bytes]).toEqual([65_536, 65_536]);
    await append(2, 12);
    const full = 9 * frameOf(1).length;
    expect(files().map((file) => statSync(file).size)).toEqual([full, 65_536]);
    expect(chain.bytes).toBe(full + 65_536);
    await reopen();
    expect(chain.bytes).toBe(full + 65_536);
  });

  describe('after a crash', () => {
    const frameLength = frameOf(1).length;

    test.each([
      ['in its head', 20],
      ['in its records', 500],
      ['before its last byte', frameLength - 1],
    ])('a frame that was cut off %s is dropped, and its place taken', async (_what, written) => {
      await append(1, 5);
      await chain.close();
      const [file] = files();
      const bytes = readFileSync(file!);
      bytes.fill(0, 4 * frameLength + written);
      writeFileSync(file!, bytes);
      expect(await reopen()).toEqual([1, 2, 3, 4]);
      await append(5, 6, 500);
      expect(await reopen()).toEqual([1, 2, 3, 4, 5, 6]);
    });

    test('a file that ends in the middle of a frame', async () => {
      await append(1, 5);
      await chain.close();
      truncateSync(files()[0]!, 4 * frameLength + 100);
      expect(await reopen()).toEqual([1, 2, 3, 4]);
      await append(5, 5);
      expect(await reopen()).toEqual([1, 2, 3, 4, 5]);
    });

    test('a new segment without any frame is dropped, and the one before goes on', async () => {
      await append(1, 9);
      await chain.close();
      writeFileSync(join(folder, '0000000000000010.log'), Buffer.alloc(65_536));
      expect(await reopen()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect(files()).toHaveLength(1);
      await append(10, 10);
      expect(await rowsFrom(9)).toEqual([9]);
      expect(await rowsFrom(10)).toEqual([10]);
    });

    test('a segment whose zeros were not given back', async () => {
      await append(1, 12);
      await chain.close();
      const [first] = files();
      writeFileSync(first!, Buffer.concat([readFileSync(first!), Buffer.alloc(50_000)]));
      await reopen();
      expect(await rowsFrom(8)).toEqual([8, 9]);
      expect(await chain.firstWhere((head) => timeOf(head) >= 10_000)).toBe(10);
    });
  });

  describe('damage', () => {
    const flip = (file: string, at: number) => {
      const bytes = readFileSync(file);
      bytes[at]! ^= 1;
      writeFileSync(file, bytes);
    };

    test.each([['a head', 6], ['records', 700]])('%s before whole frames: no start that would drop those', async (_what, at) => {
      await append(1, 5);
      await chain.close();
      copyFileSync(files()[0]!, join(dir.path, 'copy'));
      const start = 2 * frameOf(1).length;
      flip(files()[0]!, start + at);
      await expect(reopen()).rejects.toMatchObject({ name: 'EngineError', retryable: false, message: expect.stringContaining(`${files()[0]} is damaged at byte ${start}: stop Opsloop and put a copy of it back`) });
      copyFileSync(join(dir.path, 'copy'), files()[0]!);
      expect(await reopen()).toEqual([1, 2, 3, 4, 5]);
    });

    test.each([['zeros', 9_000], ['nothing', 0]])('an older segment of %s refuses the start; without it the others go on', async (_what, bytes) => {
      await append(1, 30);
      await chain.close();
      const [, second] = files();
      writeFileSync(second!, Buffer.alloc(bytes));
      await expect(reopen()).rejects.toMatchObject({ retryable: false, message: expect.stringMatching(/0010.log is damaged at byte 0: .*\(remove it\)$/) });
      rmSync(second!);
      expect(await reopen()).toEqual([28, 29, 30]);
      expect(await rowsFrom(10)).toEqual([19, 20, 21, 22, 23, 24, 25, 26, 27]);
      expect(await chain.firstWhere((head) => timeOf(head) >= 12_000)).toBe(19);
    });

    test('in an older segment it is told to whoever reads there, others go on', async () => {
      await append(1, 30);
      await chain.close();
      flip(files()[1]!, 3 * frameOf(1).length + 100);
      await reopen();
      await expect(chain.read(10, 1e9)).rejects.toThrow(`${files()[1]} is damaged at byte ${3 * frameOf(1).length}`);
      expect(await rowsFrom(1)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect((await rowsFrom(19))[0]).toBe(19);
    });
  });
});
