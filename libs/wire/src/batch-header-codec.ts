import type { Attributes, Resource } from '@opsloop/contracts';
import { createBlockCache, frameBlock } from './block-cache.js';
import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';

/** What raw and window batches say of where their numbers come from. */
export interface BatchHeader {
  readonly resource: Resource;
  readonly attributes: Attributes;
  readonly source: string;
}

const writer = new ByteWriter();
const encoded = new WeakMap<Attributes, { readonly header: BatchHeader; readonly block: Uint8Array }>();

/** The block of a header. Encoded once as long as resource, attributes and source are the same objects. */
export function encodeHeader({ resource, attributes, source }: BatchHeader): Uint8Array {
  const known = encoded.get(attributes);
  if (known && known.header.resource === resource && known.header.source === source) return known.block;
  writer.reset();
  writer.string(resource.id);
  for (const text of [resource.tenant, resource.provider, resource.region, resource.kind, resource.uid, source]) writer.string(text);
  const names = Object.keys(attributes).toSorted();
  writer.varint(names.length);
  for (const name of names) {
    writer.string(name);
    writer.string(attributes[name]!);
  }
  const block = frameBlock(writer.finish());
  encoded.set(attributes, { header: { resource, attributes, source }, block });
  return block;
}

export interface HeaderDecoder {
  /**
   * Reads the header at the reader's place. The same objects come back for the same bytes. Throws a WireError for
   * damaged bytes.
   */
  decode(reader: ByteReader): BatchHeader;
}

/** `maxBytes` bounds the encoded bytes that are remembered: some 20,000 headers. Agents that send texts make a new one whenever a text changes. */
export function createHeaderDecoder(maxBytes = 4 * 2 ** 20): HeaderDecoder {
  const cache = createBlockCache(maxBytes, (payload) => decodeHeader(new ByteReader(payload)));
  return { decode: (reader) => cache.read(reader) };
}

function decodeHeader(reader: ByteReader): BatchHeader {
  const id = reader.string();
  const [tenant, provider, region, kind, uid, source] = Array.from({ length: 6 }, () => reader.string()) as [string, string, string, string, string, string];
  const attributes: [string, string][] = [];
  for (let left = reader.count(2); left > 0; left--) attributes.push([reader.string(), reader.string()]);
  return { resource: { id, tenant, provider, region, kind, uid }, attributes: Object.fromEntries(attributes), source };
}
