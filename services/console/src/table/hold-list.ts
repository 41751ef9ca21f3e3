/** A list as it is shown: what came since it was last taken over is held back while somebody reads. */
export interface HeldList<T> {
  readonly shown: readonly T[];
  /** How many are not shown yet. */
  readonly held: number;
}

/**
 * Takes over the newest answer. While it is read, rows keep their places: known ones are brought up to date, gone ones
 * stay as they were, new ones wait. A list that grew at its end (the next page) is taken over there.
 */
export function holdList<T>(before: HeldList<T> | undefined, items: readonly T[], keyOf: (item: T) => string, reading: boolean): HeldList<T> {
  if (!before || !reading) return { shown: items, held: 0 };
  const now = new Map(items.map((item) => [keyOf(item), item]));
  const known = new Set(before.shown.map(keyOf));
  const shown = before.shown.map((item) => now.get(keyOf(item)) ?? item);
  const lastKnown = items.findLastIndex((item) => known.has(keyOf(item)));
  const appended = items.slice(lastKnown + 1).filter((item) => !known.has(keyOf(item)));
  const fresh = items.slice(0, lastKnown + 1).filter((item) => !known.has(keyOf(item))).length;
  // Nothing of it is known: another list altogether.
  return lastKnown < 0 ? { shown: items, held: 0 } : { shown: [...shown, ...appended], held: fresh };
}
