import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { pages } from './pages.js';

const prefixMs = 1_500;

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName));
}

/** `g` and a letter go to a page, `/` searches, `?` shows the keys. */
export function usePageKeys({ openSearch, openHelp }: { readonly openSearch: () => void; readonly openHelp: () => void }): void {
  const navigate = useNavigate();
  useEffect(() => {
    let prefixAtMs = 0;
    function onKey(event: KeyboardEvent): void {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      // Dialogs have keys of their own.
      if (document.querySelector('[role="dialog"]')) return;
      const afterPrefix = Date.now() - prefixAtMs < prefixMs;
      prefixAtMs = 0;
      const page = afterPrefix ? pages.find((one) => one.key === event.key) : undefined;
      if (page) void navigate({ to: page.to });
      else if (event.key === 'g') prefixAtMs = Date.now();
      else if (event.key === '/') openSearch();
      else if (event.key === '?') openHelp();
      else return;
      event.preventDefault();
    }
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [navigate, openHelp, openSearch]);
}
