import type { Level } from '../api/records.js';

/** Worst first: the order in which people should look. */
export const levelsWorstFirst = ['down', 'critical', 'warn', 'info'] as const satisfies readonly Level[];

export function worseOf(one: Level | null, other: Level | null): Level | null {
  if (one === null) return other;
  if (other === null) return one;
  return levelsWorstFirst.indexOf(one) <= levelsWorstFirst.indexOf(other) ? one : other;
}

export function isLevel(text: string): text is Level {
  return (levelsWorstFirst as readonly string[]).includes(text);
}
