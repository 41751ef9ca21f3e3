import * as fc from 'fast-check';

const surrogates = 0x800;
const firstSurrogate = 0xd800;

/** Any character of Unicode, as fast-check's unit `binary`, without its map of a million of them: a second of CPU in each suite. */
export const anyCharacter: fc.Arbitrary<string> = fc
  .integer({ min: 0, max: 0x10ffff - surrogates })
  .map((point) => String.fromCodePoint(point < firstSurrogate ? point : point + surrogates));
