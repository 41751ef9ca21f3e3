import { useState } from 'react';

/**
 * What is being written at this address, undefined while nothing is. This tab keeps it until it is saved or given up: a
 * session that ends and a page that is loaded again lose nothing of it.
 */
export function useDraft<T>(): readonly [T | undefined, (draft: T | undefined) => void] {
  const [key] = useState(() => `opsloop.draft:${location.pathname}${location.search}`);
  const [draft, setDraft] = useState(() => readDraft<T>(key));
  return [
    draft,
    (next) => {
      setDraft(next);
      keepDraft(key, next);
    },
  ];
}

function readDraft<T>(key: string): T | undefined {
  try {
    return (JSON.parse(sessionStorage.getItem(key) ?? 'null') as T | null) ?? undefined;
  } catch {
    return undefined;
  }
}

function keepDraft(key: string, draft: unknown): void {
  try {
    if (draft === undefined) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, JSON.stringify(draft));
  } catch {
    // No room: it is written on all the same, and lives as long as the page.
  }
}
