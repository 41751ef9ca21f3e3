import { notifyManager, useQueryClient } from '@tanstack/react-query';
import { useCallback, useSyncExternalStore } from 'react';
import { useLanguage, useWords } from '../language/language.js';
import { useMinute } from '../time/clock.js';
import { formatClock } from '../time/format-time.js';
import { shellWords } from './shell-words.js';
import styles from './shell.module.css';

/** Says from when the oldest answer is that is looked at and could not be fetched anew. */
export function Outdated() {
  const words = useWords(shellWords);
  const { language } = useLanguage();
  const nowMs = useMinute();
  const cache = useQueryClient().getQueryCache();
  const subscribe = useCallback((changed: () => void) => cache.subscribe(notifyManager.batchCalls(changed)), [cache]);
  const atMs = useSyncExternalStore(subscribe, () => {
    const outdated = cache.getAll().filter((query) => query.isActive() && query.state.status === 'error' && query.state.data !== undefined);
    return outdated.length === 0 ? undefined : Math.min(...outdated.map((query) => query.state.dataUpdatedAt));
  });
  return (
    <div role="status" className={styles['outdated']}>
      {atMs === undefined ? null : words.outdated(formatClock(atMs, nowMs, language))}
    </div>
  );
}
