import { Link } from '@tanstack/react-router';
import type { OpenAlarms } from '../alarm/alarm-queries.js';
import { useWords } from '../language/language.js';
import { LevelShape } from '../level/level-mark.js';
import { levelWords } from '../level/level-words.js';
import { atLeast } from '../page/at-least.js';
import { Since } from '../time/ago.js';
import { countByLevel } from './state-sentence.js';
import { overviewWords } from './overview-words.js';
import styles from './overview.module.css';

/** Open alarms by level, worst first. A level without any stays grey; without an answer none is said to be empty. */
export function LevelStrip({ open }: { readonly open: OpenAlarms | undefined }) {
  const words = useWords(overviewWords);
  const levels = useWords(levelWords);
  return (
    <ul className={styles['strip']} aria-label={words.openAlarms}>
      {countByLevel(open?.items ?? [], open?.cut ?? []).map(({ level, count, cut, oldest }) => (
        <li key={level}>
          <Link to="/alarms" search={{ level }} className={styles['tile']} data-level={count === 0 ? undefined : level}>
            <LevelShape level={level} size={22} muted={count === 0} />
            <span className={styles['tile-count']}>{open ? atLeast(count, cut) : '–'}</span>
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
