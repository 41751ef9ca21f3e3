/** At most six significant digits, without trailing zeros. */
export function formatSeen(value: number): string {
  return String(Number(value.toPrecision(6)));
}
