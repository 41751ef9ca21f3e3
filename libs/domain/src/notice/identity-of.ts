import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/** `tenant/` and 128 bits of the SHA-256 of the parts, hex: the identity of what the parts name, on every instance. */
export function identityOf(tenant: string, ...parts: readonly (string | number)[]): string {
  return `${tenant}/${shortHash(...parts)}`;
}

/** 128 bits of the SHA-256 of the parts, hex. Parts keep their borders: ('ab', 'c') differs from ('a', 'bc'). */
export function shortHash(...parts: readonly (string | number)[]): string {
  return bytesToHex(sha256(utf8ToBytes(JSON.stringify(parts))).subarray(0, 16));
}
