/** The files of one topic: written at the end, read anywhere, removed at the front. */
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from '@opsloop/ports';
import { headBytes, rowOf } from './frame.js';
import { SegmentFile, syncFolder } from './segment-file.js';
import { damage, framesOf, hasLaterFrame, type FoundFrame } from './segment-frames.js';

interface Segment {
  readonly file: SegmentFile;
  /** Head and table of contents of its first frame; undefined while it has none. */
  first: Buffer | undefined;
  /** Where some of its rows lie, ascending; undefined: it was not read through yet. */
  marks: Mark[] | undefined;
  /** It is being read through: every partition of a group asks at the same time. */
  marking: Promise<Mark[]> | undefined;
}

interface Mark {
  readonly row: number;
  readonly offset: number;
}

const markEveryBytes = 64 * 2 ** 10;
const pageBytes = 2 ** 20;

export class SegmentChain {
  readonly #folder: string;
  readonly #headBytes: number;
  readonly #segmentBytes: number;
  #segments: Segment[] = [];
  /** Of all but the last. */
  #olderBytes = 0;
  #removed = 0;
  #sealed = false;

  /** Segments are begun at `segmentBytes`; a longer frame has one to itself. */
  constructor(folder: string, partitions: number, segmentBytes: number) {
    this.#folder = folder;
    this.#headBytes = headBytes(partitions);
    this.#segmentBytes = segmentBytes;
  }

  /** Takes over the files of the folder; `onFrame` gets each frame of the last one that has any, in order. */
  async open(onFrame: (frame: Buffer) => void): Promise<void> {
    this.#segments = [];
    for (const firstRow of await this.#listFiles()) {
      const file = new SegmentFile(this.#folder, firstRow);
      await file.find();
      this.#segments.push({ file, first: undefined, marks: undefined, marking: undefined });
    }
    await this.#resume(onFrame);
    this.#olderBytes = this.#segments.slice(0, -1).reduce((sum, { file }) => sum + file.bytes, 0);
    for (const segment of this.#segments) segment.first ??= await this.#readFirst(segment.file);
  }

  /** What the files take on the disk. */
  get bytes(): number {
    return this.#olderBytes + (this.#segments.at(-1)?.file.allocatedBytes ?? 0);
  }

  /** Head and table of contents of the first row of each segment. */
  get heads(): readonly Buffer[] {
    return this.#segments.flatMap(({ first }) => first ?? []);
  }

  /** Whether the next frame, of about so many bytes, begins a segment. */
  beginsSegment(bytes: number): boolean {
    const last = this.#segments.at(-1);
    return !last?.first || this.#sealed || last.file.bytes + bytes > this.#segmentBytes;
  }

  /** The next frame begins a segment. */
  seal(): void {
    this.#sealed = true;
  }

  /** Durable when it resolves; after a failure it is as if it had not been called. */
  async append(frame: Buffer, beginsSegment: boolean): Promise<void> {
    const segment = beginsSegment ? await this.#begin(rowOf(frame)) : this.#segments.at(-1)!;
    const offset = segment.file.bytes;
    await segment.file.append(frame);
    segment.first ??= Buffer.from(frame.subarray(0, this.#headBytes));
    addMark(segment.marks!, rowOf(frame), offset);
  }

  /** Frames from this row on, or from the first behind it that is kept, up to about `maxBytes`; empty behind the last. */
  read(fromRow: number, maxBytes: number): Promise<Buffer[]> {
    return this.#whileKept(async () => {
      const start = Math.max(0, this.#segments.findLastIndex(({ file }) => file.firstRow <= fromRow));
      for (const segment of this.#segments.slice(start)) {
        const frames = await collect(segment, await marksOf(segment), fromRow, maxBytes);
        if (frames.length > 0) return frames;
      }
      return [];
    });
  }

  /** Search for what, once true of a row, is true of all later ones: the first such row; undefined when there is none. */
  firstWhere(holds: (head: Buffer) => boolean): Promise<number | undefined> {
    return this.#whileKept(async () => {
      const segments = this.#segments.filter(({ first }) => first);
      const index = segments.findLastIndex(({ first }) => !holds(first!));
      if (index < 0) return segments[0]?.file.firstRow;
      const { file } = segments[index]!;
      const marks = await marksOf(segments[index]!);
      let low = 0;
      let high = marks.length;
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (holds(await this.#readHead(file, marks[middle]!.offset))) high = middle;
        else low = middle;
      }
      for await (const { frame } of framesOf(file, marks[low]!.offset, 2 * markEveryBytes)) if (holds(frame)) return rowOf(frame);
      return segments[index + 1]?.file.firstRow;
    });
  }

  /** Removes the oldest segment, which is not the last. */
  async removeFirst(): Promise<void> {
    const { file } = this.#segments.shift()!;
    this.#removed++;
    this.#olderBytes -= file.bytes;
    await file.remove();
  }

  async close(): Promise<void> {
    await this.#segments.at(-1)?.file.close();
  }

  async #listFiles(): Promise<number[]> {
    const names = await readdir(this.#folder).catch((error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? [] : Promise.reject(error)));
    return names.flatMap((name) => SegmentFile.firstRowOf(name) ?? []).toSorted((a, b) => a - b);
  }

  /** A crash leaves the last frame cut off, or the last file without any. */
  async #resume(onFrame: (frame: Buffer) => void): Promise<void> {
    for (let last = this.#segments.at(-1); last; last = this.#segments.at(-1)) {
      const end = await this.#recover(last, onFrame);
      if (end > 0) return last.file.resume(end);
      await last.file.remove();
      this.#segments.pop();
    }
  }

  /** Reads a segment through; answers with the end of its last whole frame. */
  async #recover(segment: Segment, onFrame: (frame: Buffer) => void): Promise<number> {
    const { file } = segment;
    const marks: Mark[] = [];
    let row = file.firstRow;
    let end = 0;
    for await (const { frame, offset } of wholeFramesOf(file)) {
      if (rowOf(frame) !== row) break;
      onFrame(frame);
      addMark(marks, row++, offset);
      segment.first ??= Buffer.from(frame.subarray(0, this.#headBytes));
      end = offset + frame.length;
    }
    if (await hasLaterFrame(file, end, row - 1)) throw damage(file, end);
    segment.marks = marks;
    return end;
  }

  async #begin(row: number): Promise<Segment> {
    const previous = this.#segments.at(-1);
    // The one whose first frame could not be written.
    if (previous && !previous.first) return previous;
    if (await mkdir(this.#folder, { recursive: true })) await syncFolder(join(this.#folder, '..'));
    const file = new SegmentFile(this.#folder, row);
    try {
      await file.create();
    } catch (error) {
      await file.remove();
      throw error;
    }
    const segment: Segment = { file, first: undefined, marks: [], marking: undefined };
    this.#segments.push(segment);
    this.#sealed = false;
    await previous?.file.seal();
    this.#olderBytes += previous?.file.bytes ?? 0;
    return segment;
  }

  async #readFirst(file: SegmentFile): Promise<Buffer> {
    const head = await this.#readHead(file, 0);
    if (head.length < this.#headBytes || rowOf(head) !== file.firstRow) throw damage(file, 0);
    return head;
  }

  #readHead(file: SegmentFile, offset: number): Promise<Buffer> {
    return file.read(offset, this.#headBytes);
  }

  /** Asks again when a segment was removed meanwhile. */
  async #whileKept<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      const removed = this.#removed;
      try {
        return await work();
      } catch (error) {
        if (this.#removed === removed) throw error;
      }
    }
  }
}

/** Up to what a crash may have cut off. */
async function* wholeFramesOf(file: SegmentFile): AsyncGenerator<FoundFrame> {
  try {
    yield* framesOf(file, 0, pageBytes);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
  }
}

async function marksOf(segment: Segment): Promise<readonly Mark[]> {
  if (segment.marks) return segment.marks;
  segment.marking ??= readMarks(segment.file).finally(() => (segment.marking = undefined));
  return (segment.marks ??= await segment.marking);
}

async function readMarks(file: SegmentFile): Promise<Mark[]> {
  const marks: Mark[] = [];
  for await (const { frame, offset } of framesOf(file, 0, pageBytes)) addMark(marks, rowOf(frame), offset);
  return marks;
}

function addMark(marks: Mark[], row: number, offset: number): void {
  const last = marks.at(-1);
  if (!last || offset - last.offset >= markEveryBytes) marks.push({ row, offset });
}

async function collect({ file }: Segment, marks: readonly Mark[], fromRow: number, maxBytes: number): Promise<Buffer[]> {
  const mark = marks.findLast(({ row }) => row <= fromRow) ?? marks[0];
  const frames: Buffer[] = [];
  if (!mark) return frames;
  let bytes = 0;
  for await (const { frame } of framesOf(file, mark.offset, pageBytes)) {
    if (rowOf(frame) < fromRow) continue;
    frames.push(frame);
    bytes += frame.length;
    if (bytes >= maxBytes) break;
  }
  return frames;
}
