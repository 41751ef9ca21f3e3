import { createContext, use, useEffect, useMemo, useState, type ReactNode } from 'react';
import type { Language, Words } from './words.js';

const storageKey = 'opsloop.language';

interface LanguageChoice {
  readonly language: Language;
  setLanguage(language: Language): void;
}

const LanguageContext = createContext<LanguageChoice>({ language: 'en', setLanguage: () => undefined });

export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  // before-paint.js has decided already: the stored choice, else the navigator's language.
  const [language, setLanguage] = useState<Language>(document.documentElement.lang === 'ko' ? 'ko' : 'en');
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const choice = useMemo<LanguageChoice>(
    () => ({
      language,
      setLanguage(next) {
        localStorage.setItem(storageKey, next);
        setLanguage(next);
      },
    }),
    [language],
  );
  return <LanguageContext value={choice}>{children}</LanguageContext>;
}

export function useLanguage(): LanguageChoice {
  return use(LanguageContext);
}

/** The words of a dictionary in the reader's language. */
export function useWords<T>(words: Words<T>): T {
  return words[use(LanguageContext).language];
}
