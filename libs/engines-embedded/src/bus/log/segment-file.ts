/**
 * A file of a topic's log: frames one behind the other, then zeros up to the end. It is written behind its last frame
 * alone. Zeros are written ahead, because a write into space that the file has costs the file system half of what one
 * does that makes the file longer.
 */
import fs from 'node:fs';
import { open, rm, stat, truncate, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { toLogError } from './to-log-error.js';

/** Linux makes a write durable before it returns when the file is opened so; elsewhere a call of its own follows. */
const writesAreSynced = process.platform === 'linux';
const leastAheadBytes = 64 * 2 ** 10;
const mostAheadBytes = 2 ** 20;
const zeros = Buffer.alloc(mostAheadBytes);
const extension = '.log';

export class SegmentFile {
  readonly path: string;
  /** Number of its first row. */
  readonly firstRow: number;
  /** Up to the end of the last frame. */
  bytes = 0;
  /** Of the whole file. */
  allocatedBytes = 0;
  #file: FileHandle | undefined;

  constructor(folder: string, firstRow: number) {
    this.firstRow = firstRow;
    this.path = join(folder, `${String(firstRow).padStart(16, '0')}${extension}`);
  }

  /** First row of the segment that a file of this name holds; undefined: it is none. */
  static firstRowOf(name: string): number | undefined {
    return /^\d{16}\.log$/.test(name) ? Number(name.slice(0, -extension.length)) : undefined;
  }

  /** Makes an empty file that survives a power loss. */
  async create(): Promise<void> {
    await this.#openForWriting(fs.constants.O_CREAT | fs.constants.O_TRUNC);
    await this.#reserve(leastAheadBytes);
    await syncFolder(join(this.path, '..'));
  }

  /** Takes over a file as it was left, to be read. */
  async find(): Promise<void> {
    this.bytes = this.allocatedBytes = (await stat(this.path)).size;
  }

  /** Opens it to go on behind `bytes`. */
  async resume(bytes: number): Promise<void> {
    await this.#openForWriting(0);
    this.bytes = bytes;
  }

  /** Resolves when the frame is on disk. After a failure the next one takes the same place. */
  async append(frame: Buffer): Promise<void> {
    const end = this.bytes + frame.length;
    if (end > this.allocatedBytes) await this.#reserve(end);
    await this.#write(frame, this.bytes);
    this.bytes = end;
  }

  /** No more frames: gives the zeros back. */
  async seal(): Promise<void> {
    await this.close();
    await truncate(this.path, this.bytes);
    this.allocatedBytes = this.bytes;
  }

  /** `bytes` from `start`, less at the end of the file. */
  async read(start: number, bytes: number): Promise<Buffer> {
    const file = await open(this.path, 'r');
    try {
      const buffer = Buffer.allocUnsafeSlow(bytes);
      let length = 0;
      while (length < bytes) {
        const { bytesRead } = await file.read(buffer, length, bytes - length, start + length);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      return buffer.subarray(0, length);
    } finally {
      await file.close();
    }
  }

  async remove(): Promise<void> {
    await this.close();
    await rm(this.path, { force: true });
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  async #openForWriting(flags: number): Promise<void> {
    try {
      this.#file = await open(this.path, fs.constants.O_RDWR | flags | (writesAreSynced ? fs.constants.O_DSYNC : 0), 0o600);
      this.allocatedBytes = (await this.#file.stat()).size;
    } catch (error) {
      throw toLogError(error, this.path);
    }
  }

  /** Space for frames up to `end`, and for as much again as there is, within bounds; on a full disk for what fits. */
  async #reserve(end: number): Promise<void> {
    const ahead = Math.min(mostAheadBytes, Math.max(leastAheadBytes, this.allocatedBytes));
    const wanted = Math.ceil(end / ahead) * ahead;
    try {
      while (this.allocatedBytes < wanted) {
        const bytes = Math.min(zeros.length, wanted - this.allocatedBytes);
        await this.#write(zeros.subarray(0, bytes), this.allocatedBytes);
        this.allocatedBytes += bytes;
      }
    } catch (error) {
      this.allocatedBytes = (await stat(this.path)).size;
      if (this.allocatedBytes < end) throw error;
    }
  }

  async #write(bytes: Buffer, start: number): Promise<void> {
    if (!this.#file) throw toLogError(new Error('the file is closed'), this.path);
    const { fd } = this.#file;
    try {
      for (let done = 0; done < bytes.length; ) done += await writeAt(fd, bytes, done, start + done);
      if (!writesAreSynced) await this.#file.datasync();
    } catch (error) {
      throw toLogError(error, this.path);
    }
  }
}

/** With a callback: what a promise of a file handle adds to it costs as much as the call. Resolves with the bytes that were written, which may be fewer. */
function writeAt(fd: number, bytes: Buffer, from: number, at: number): Promise<number> {
  return new Promise((resolve, reject) => fs.write(fd, bytes, from, bytes.length - from, at, (error, written) => (error ? reject(error) : written > 0 ? resolve(written) : reject(new Error('nothing could be written')))));
}

/** Names in a folder are durable when the folder is. */
export async function syncFolder(path: string): Promise<void> {
  // Windows does not open folders, and writes their changes in order.
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
