/** Classes of characters as log lines use them. */
export const blank = 1;
export const separator = 2;
export const quote = 3;
export const digit = 4;
export const hexLetter = 5;
export const letter = 6;
export const punctuation = 7;

const classes = new Uint8Array(128).fill(punctuation);
for (let code = 0; code <= 32; code++) classes[code] = blank;
for (const char of '=,;()[]{}<>"|`') classes[char.charCodeAt(0)] = separator;
classes[0x27] = quote;
for (let code = 0x30; code <= 0x39; code++) classes[code] = digit;
for (let code = 0x41; code <= 0x5a; code++) classes[code] = classes[code + 32] = code <= 0x46 ? hexLetter : letter;

/** The class of a UTF-16 unit; all beyond ASCII are letters. */
export function classOf(code: number): number {
  return code < 128 ? classes[code]! : letter;
}
