export type Language = 'en' | 'ko';

type Word = string | ((...parts: never[]) => string);
type Same<T> = { [K in keyof T]: T[K] extends string ? string : T[K] };
export interface Words<T> {
  readonly en: T;
  readonly ko: T;
}

/** A dictionary in both languages. English gives the keys; a Korean word that is missing does not compile. */
export function defineWords<const T extends Record<string, Word>>(en: T, ko: Same<T>): Words<Same<T>> {
  return { en: en as Same<T>, ko };
}
