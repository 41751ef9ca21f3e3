import { useSyncExternalStore } from 'react';
import type { createLiveEvents } from '../api/live-events.js';
import { useWords } from '../language/language.js';
import { shellWords } from './shell-words.js';
import styles from './shell.module.css';

/** Whether what is shown is fresh. */
export function LiveBadge({ live }: { readonly live: ReturnType<typeof createLiveEvents> }) {
  const words = useWords(shellWords);
  const state = useSyncExternalStore(live.subscribe, live.state);
  return (
    <span className={styles['live']} data-state={state} role="status">
      <span aria-hidden="true" className={styles['live-dot']} />
      {words[state]}
    </span>
  );
}
