import { sha256 } from '@noble/hashes/sha2.js';
import type { Resource } from '@opsloop/contracts';

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
const sizeBytes = 16;

/**
 * The id of a resource: the first 128 bits of the SHA-256 of its canonical tuple (the JSON array of tenant, provider,
 * region, kind and uid), in base32 (RFC 4648) lower case without padding: 26 characters, safe in URLs and keys.
 */
export function resourceIdOf({ tenant, provider, region, kind, uid }: Omit<Resource, 'id'>): string {
  const text = JSON.stringify([tenant, provider, region, kind, uid]);
  // The lines of one machine come one after the other, and a hash costs as much as all the rest of a new line.
  if (text !== last.text) last = { text, id: hashOf(text) };
  return last.id;
}

let last = { text: '', id: '' };

function hashOf(text: string): string {
  const digest = sha256(new TextEncoder().encode(text));
  let id = '';
  let bits = 0;
  let width = 0;
  for (let i = 0; i < sizeBytes; i++) {
    bits = (bits << 8) | digest[i]!;
    for (width += 8; width >= 5; width -= 5) id += alphabet[(bits >>> (width - 5)) & 31];
    bits &= 0xff;
  }
  return id + alphabet[(bits << (5 - width)) & 31]!;
}
