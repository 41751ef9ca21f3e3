import { recordLimits, type BusRecord } from '@opsloop/ports';

/** Left for the time that a bus may write beside the headers, and for the commas between them. */
const spareBytes = 256;

/**
 * The record as it stands in the dead letters: where it came from and why in the headers. What others wrote may be larger
 * than any bus takes of us: key, headers and value are cut to that, and the header `original-sizes` tells what they had.
 * Everything else keeps its bytes untouched.
 */
export function toDeadLetter(record: BusRecord, where: { topic: string; group: string; partition: number; reason: string }) {
  const told = { topic: where.topic, group: where.group, position: String(record.position), reason: where.reason.slice(0, 2_000) };
  const sizes = { key: Buffer.byteLength(record.key), headers: sizeOf(record.headers), value: record.value.length };
  const own = fitting(record.headers, recordLimits.headerBytes - sizeOf(told) - spareBytes);
  const isWhole = sizes.key <= recordLimits.keyBytes && sizeOf(own) === sizes.headers && sizes.value <= recordLimits.valueBytes;
  return {
    key: isWhole ? record.key : beginning(record.key, recordLimits.keyBytes),
    value: record.value.subarray(0, recordLimits.valueBytes),
    partition: where.partition,
    arrivalMs: record.arrivalMs,
    headers: { ...own, ...told, ...(!isWhole && { 'original-sizes': `key ${sizes.key}, headers ${sizes.headers}, value ${sizes.value} bytes` }) },
  };
}

/** As the bus measures them that writes the most for them. */
function sizeOf(headers: Readonly<Record<string, string>>): number {
  return Object.entries(headers).reduce((sum, one) => sum + Buffer.byteLength(JSON.stringify(one)), 0);
}

/** The headers that have room, in their order. */
function fitting(headers: Readonly<Record<string, string>>, bytesAtMost: number): Record<string, string> {
  let bytes = 0;
  return Object.fromEntries(Object.entries(headers).filter(([name, text]) => {
    const size = sizeOf({ [name]: text });
    if (bytes + size > bytesAtMost) return false;
    bytes += size;
    return true;
  }));
}

/** As many of its characters as fit whole. */
function beginning(text: string, bytesAtMost: number): string {
  return text.slice(0, new TextEncoder().encodeInto(text, new Uint8Array(bytesAtMost)).read);
}
