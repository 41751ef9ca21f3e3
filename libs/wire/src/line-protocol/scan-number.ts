import { byte, isDigit } from './byte.js';

/** Powers of ten that a double holds exactly. */
const exactPowers = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** Digits that always stay below 2^53, so that mantissa / 10^n is one correctly rounded division. */
const maxExactDigits = 15;

/**
 * Reads a plain number at `at` (sign, digits, one point, a trailing `i` or `u`) into `values[index]`.
 * Returns where it ends, at a comma, a space or a newline; -1 when it is anything that readValue has to judge.
 * The bytes must end with a newline. Exact: a mantissa below 2^53 divided by a power of ten up to 10^22 is rounded
 * once (W. D. Clinger, How to Read Floating Point Numbers Accurately, 1990).
 */
export function scanPlainNumber(bytes: Uint8Array, at: number, values: Float64Array, index: number): number {
  let i = at;
  let c = bytes[i]!;
  const negative = c === byte.minus;
  if (negative) c = bytes[++i]!;
  const first = i;
  // Nine digits fit an int32, which is quicker to build than a double.
  let high = 0;
  const nine = first + 9;
  while (i < nine && isDigit(c)) {
    high = high * 10 + (c - 48);
    c = bytes[++i]!;
  }
  let mantissa = high;
  while (isDigit(c)) {
    mantissa = mantissa * 10 + (c - 48);
    c = bytes[++i]!;
  }
  let digits = i - first;
  if (c === byte.point) {
    const point = i;
    c = bytes[++i]!;
    while (isDigit(c)) {
      mantissa = mantissa * 10 + (c - 48);
      c = bytes[++i]!;
    }
    const decimals = i - point - 1;
    digits += decimals;
    if (digits > maxExactDigits) return -1;
    mantissa /= exactPowers[decimals]!;
  } else if (c === byte.i || (c === byte.u && !negative)) {
    c = bytes[++i]!;
  }
  if (digits === 0 || digits > maxExactDigits) return -1;
  if (c !== byte.comma && c !== byte.space && c !== byte.newline) return -1;
  values[index] = negative ? 0 - mantissa : mantissa;
  return i;
}
