import type { Language } from './words.js';

/** A title as definitions carry it: one text, or one per language. */
export function titleIn(title: string | Readonly<Record<string, string>> | undefined, language: Language, otherwise: string): string {
  if (title === undefined) return otherwise;
  if (typeof title === 'string') return title;
  return title[language] ?? title['en'] ?? Object.values(title)[0] ?? otherwise;
}
