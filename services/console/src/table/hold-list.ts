/** A list as it is shown: what came since it was last taken over is held back while somebody reads. */
export interface HeldList<T> {
  readonly shown: readonly T[];
  /** How many are not shown yet. */
  readonly held: number;
  /** Keys of those shown that are in the list no longer. */
  readonly gone: ReadonlySet<string>;
}

/** The list as it is now: nothing is held back, and nothing is shown that is gone. */
export function takeOver<T>(items: readonly T[]): HeldList<T> {
  return { shown: items, held: 0, gone: new Set() };
}

/**
 * Takes over the newest answer. While it is read, rows keep their places: known ones are brought up to date, gone ones
 * stay and are told, new ones wait. A list that grew at its end (the next page) is taken over there.
 */
export function holdList<T>(before: HeldList<T> | undefined, items: readonly T[], keyOf: (item: T) => string, reading: boolean): HeldList<T> {
  if (!before || !reading) return takeOver(items);
  const now = new Map(items.map((item) => [keyOf(item), item]));
  const known = new Set(before.shown.map(keyOf));
  const lastKnown = items.findLastIndex((item) => known.has(keyOf(item)));
  // Nothing of it is known: another list altogether.
  if (lastKnown < 0) return takeOver(items);
  const shown = before.shown.map((item) => now.get(keyOf(item)) ?? item);
  const appended = items.slice(lastKnown + 1).filter((item) => !known.has(keyOf(item)));
  const held = items.slice(0, lastKnown + 1).filter((item) => !known.has(keyOf(item))).length;
  return { shown: [...shown, ...appended], held, gone: new Set([...known].filter((key) => !now.has(key))) };
}
