import type { Labels } from '@opsloop/contracts';

/** Labels as one text, keys sorted: the same for the same labels, and '' for none. */
export function labelsKey(labels: Labels): string {
  const keys = Object.keys(labels);
  return keys.length === 0 ? '' : JSON.stringify(keys.toSorted().map((key) => [key, labels[key]]));
}
