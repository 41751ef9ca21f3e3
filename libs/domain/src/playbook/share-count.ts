/** How many of `total` a share means: a count as it stands, `25%` rounded down. Unwritten: `otherwise`. */
export function shareCount(share: number | string | undefined, total: number, otherwise: number): number {
  if (share === undefined) return otherwise;
  if (typeof share === 'number') return Math.min(share, total);
  return Math.floor((Number.parseInt(share, 10) * total) / 100);
}
