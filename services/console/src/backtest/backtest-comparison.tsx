import type { BacktestItem } from '@opsloop/contracts';
import { useLanguage, useWords } from '../language/language.js';
import { LevelMark } from '../level/level-mark.js';
import { useMinute } from '../time/clock.js';
import { formatClock, toMs } from '../time/format-time.js';
import { backtestWords } from './backtest-words.js';
import styles from './backtest.module.css';

const mostListed = 10;

/** What changes against the version in force: which alarms come, and which go. */
export function BacktestComparison({ item: { comparison } }: { readonly item: BacktestItem }) {
  const words = useWords(backtestWords);
  const { language } = useLanguage();
  const nowMs = useMinute();
  if (!comparison) return null;
  const { kept, gained, lost } = comparison;
  const changed = [...gained.map((alarm) => ({ alarm, sign: '+', word: words.comes })), ...lost.map((alarm) => ({ alarm, sign: '−', word: words.goes }))].toSorted((a, b) => toMs(a.alarm.openedAt) - toMs(b.alarm.openedAt));
  return (
    <section aria-label={words.comparison} className={styles['part']}>
      <h3>{words.comparison}</h3>
      <p>{changed.length === 0 ? words.same : words.change(kept, gained.length, lost.length)}</p>
      {changed.length === 0 ? null : (
        <ul className={styles['changed']}>
          {changed.slice(0, mostListed).map(({ alarm, sign, word }) => (
            <li key={`${sign}${alarm.occurrence}`}>
              <b>
                <span aria-hidden="true">{sign} </span>
                {word}
              </b>
              <LevelMark level={alarm.level} ended />
              <span>{[alarm.resourceName, ...Object.values(alarm.labels)].join(' · ')}</span>
              <span className={styles['soft']}>{formatClock(toMs(alarm.openedAt), nowMs, language)}</span>
            </li>
          ))}
        </ul>
      )}
      {changed.length > mostListed ? <p className={styles['soft']}>{words.more(changed.length - mostListed)}</p> : null}
    </section>
  );
}
