/**
 * 64 bits over text, as two 32-bit integers; the same in every process. Not for secrets.
 * Source of the mixing: cyrb53 by bryc (public domain), both lanes kept whole.
 */
export function hashText(text: string): { readonly low: number; readonly high: number } {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return { low: a | 0, high: b | 0 };
}
