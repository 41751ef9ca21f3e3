import { Link } from '@tanstack/react-router';
import type { AlarmRecord } from '../api/records.js';
import { useWords } from '../language/language.js';
import { LevelShape } from '../level/level-mark.js';
import { levelWords } from '../level/level-words.js';
import { Since } from '../time/ago.js';
import { countByLevel } from './state-sentence.js';
import { overviewWords } from './overview-words.js';
import styles from './overview.module.css';

/** Open alarms by level, worst first. A level without any stays grey; without an answer none is said to be empty. */
export function LevelStrip({ open }: { readonly open: readonly AlarmRecord[] | undefined }) {
  const words = useWords(overviewWords);
  const levels = useWords(levelWords);
  return (
    <ul className={styles['strip']} aria-label={words.openAlarms}>
      {countByLevel(open ?? []).map(({ level, count, oldest }) => (
        <li key={level}>
          <Link to="/alarms" search={{ level }} className={styles['tile']} data-level={count === 0 ? undefined : level}>
            <LevelShape level={level} size={22} muted={count === 0} />
            <span className={styles['tile-count']}>{open ? count : '–'}</span>
            <span className={styles['tile-name']}>{levels[level]}</span>
            {oldest === undefined ? null : (
              <span className={styles['tile-since']}>
                {words.oldest} <Since at={oldest} />
              </span>
            )}
          </Link>
        </li>
      ))}
    </ul>
  );
}
