/**
 * 64 bits over bytes, as two unsigned 32-bit numbers. Not for secrets.
 * Source of the mixing: cyrb53 by bryc (public domain), both lanes kept whole.
 */
export function hashBytes(bytes: Uint8Array, start = 0, end = bytes.length, seed = 0): { readonly low: number; readonly high: number } {
  let a = 0xdeadbeef ^ seed;
  let b = 0x41c6ce57 ^ seed;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    a = Math.imul(a ^ byte, 2654435761);
    b = Math.imul(b ^ byte, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return { low: a >>> 0, high: b >>> 0 };
}
