import { ByteSink } from './byte-sink.js';

/** Java's library, and those that follow it, write blocks with their lengths behind this; others write one block. */
const blocksMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const blocksHeaderBytes = 16;

/** https://github.com/google/snappy/blob/main/format_description.txt. Throws for what is not in that format. */
export function decompressSnappy(given: Buffer): Buffer {
  const sink = new ByteSink(4 * given.length);
  if (!given.subarray(0, blocksMagic.length).equals(blocksMagic)) readBlock(given, sink);
  else {
    for (let at = blocksHeaderBytes; at < given.length; ) {
      const end = at + 4 + given.readUInt32BE(at);
      readBlock(given.subarray(at + 4, end), sink);
      at = end;
    }
  }
  return sink.all();
}

function readBlock(block: Buffer, sink: ByteSink): void {
  let at = 0;
  let sizeBytes = 0;
  // Of what it becomes: 7 bits a byte, the lowest first.
  for (let factor = 1; ; factor *= 128) {
    const bits = block.readUInt8(at++);
    sizeBytes += (bits & 0x7f) * factor;
    if (bits < 0x80) break;
  }
  const end = sink.length + sizeBytes;
  while (at < block.length) {
    const tag = block.readUInt8(at++);
    const high = tag >> 2;
    switch (tag & 3) {
      case 0: {
        const lengthBytes = Math.max(0, high - 59);
        const count = 1 + (lengthBytes === 0 ? high : block.readUIntLE(at, lengthBytes));
        at += lengthBytes;
        sink.append(block, at, at + count);
        at += count;
        break;
      }
      case 1:
        sink.repeat(((tag >> 5) << 8) | block.readUInt8(at++), 4 + (high & 7));
        break;
      case 2:
        sink.repeat(block.readUInt16LE(at), 1 + high);
        at += 2;
        break;
      default:
        sink.repeat(block.readUInt32LE(at), 1 + high);
        at += 4;
    }
  }
  if (sink.length !== end) throw new RangeError(`${end - sink.length} bytes less than it tells`);
}
