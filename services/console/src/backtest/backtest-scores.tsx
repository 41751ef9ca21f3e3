import type { BacktestItem } from '@opsloop/contracts';
import { useLanguage, useWords } from '../language/language.js';
import { formatLength } from '../time/format-time.js';
import { backtestWords } from './backtest-words.js';
import { formatShare } from './format-share.js';
import styles from './backtest.module.css';

/** How right the alarms would have been, where it is known what was really wrong. */
export function BacktestScores({ item: { score } }: { readonly item: BacktestItem }) {
  const words = useWords(backtestWords);
  const { language } = useLanguage();
  if (!score) return null;
  return (
    <p className={styles['score']}>
      <strong>{words.precisionRecall(formatShare(score.precision), formatShare(score.recall))}</strong> {words.score(score.found, score.labelled, score.right, score.alarms)}{' '}
      {!score.medianDelaySeconds ? null : words.delay(formatLength(score.medianDelaySeconds * 1_000, language))}
    </p>
  );
}
