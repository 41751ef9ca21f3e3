/** The bytes that mean something in line protocol. */
export const byte = {
  nul: 0, tab: 9, newline: 10, carriageReturn: 13, space: 32, quote: 34, hash: 35, plus: 43, comma: 44, minus: 45, point: 46,
  equals: 61, upperE: 69, backslash: 92, e: 101, i: 105, u: 117,
} as const;

export function isDigit(c: number): boolean {
  return c >= 48 && c <= 57;
}

/** InfluxDB skips these between the parts of a line. */
export function isBlank(c: number): boolean {
  return c === byte.space || c === byte.tab || c === byte.nul;
}

export function skipBlanks(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end && isBlank(bytes[i]!)) i++;
  return i;
}
