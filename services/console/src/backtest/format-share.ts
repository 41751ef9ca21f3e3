/** Precision or recall; a dash where there is nothing to divide by. */
export function formatShare(share: number | null | undefined): string {
  return share === null || share === undefined ? '–' : share.toFixed(2);
}
