import { ByteSink } from './byte-sink.js';

const frameMagic = 0x184d2204;
const hasBlockChecksums = 0x10;
const hasContentSize = 0x08;
const hasContentChecksum = 0x04;
const hasDictionary = 0x01;
const isStored = 0x8000_0000;
const leastRepeat = 4;

/** https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md, without dictionaries. Throws for what is not in that format; checksums are not read. */
export function decompressLz4(given: Buffer): Buffer {
  const sink = new ByteSink(4 * given.length);
  for (let at = 0; at < given.length; ) at = readFrame(given, at, sink);
  return sink.all();
}

/** Its end. */
function readFrame(given: Buffer, begin: number, sink: ByteSink): number {
  if (given.readUInt32LE(begin) !== frameMagic) throw new RangeError('this is no frame of LZ4');
  const flags = given.readUInt8(begin + 4);
  if (flags & hasDictionary) throw new RangeError('it needs a dictionary');
  let at = begin + 7 + (flags & hasContentSize ? 8 : 0);
  for (;;) {
    const told = given.readUInt32LE(at);
    at += 4;
    if (told === 0) return at + (flags & hasContentChecksum ? 4 : 0);
    const end = at + (told >= isStored ? told - isStored : told);
    if (told >= isStored) sink.append(given, at, end);
    else readBlock(given.subarray(at, end), sink);
    at = end + (flags & hasBlockChecksums ? 4 : 0);
  }
}

/** https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md */
function readBlock(block: Buffer, sink: ByteSink): void {
  let at = 0;
  const count = (nibble: number): number => {
    let sum = nibble;
    if (nibble < 15) return sum;
    for (;;) {
      const more = block.readUInt8(at++);
      sum += more;
      if (more < 255) return sum;
    }
  };
  while (at < block.length) {
    const token = block.readUInt8(at++);
    const plain = count(token >> 4);
    sink.append(block, at, at + plain);
    at += plain;
    // The last sequence has nothing to repeat.
    if (at === block.length) return;
    const distance = block.readUInt16LE(at);
    at += 2;
    sink.repeat(distance, leastRepeat + count(token & 15));
  }
}
