import type { Level } from '../api/records.js';

/** Worst first: the order in which people should look. */
export const levelsWorstFirst = ['down', 'critical', 'warn', 'info'] as const satisfies readonly Level[];

export function isLevel(text: string): text is Level {
  return (levelsWorstFirst as readonly string[]).includes(text);
}
