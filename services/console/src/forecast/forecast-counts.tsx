import type { ForecastSummary } from '@opsloop/contracts';
import styles from '../backtest/backtest.module.css';
import { useLanguage, useWords } from '../language/language.js';
import { formatValue } from '../metric/format-value.js';
import { forecastWords } from './forecast-words.js';
import own from './forecast.module.css';
import { LevelScores } from './level-scores.js';

/** What became of forecasts: how often they were right, how long before, and how well the interval held; and by level, where there are several. */
export function ForecastCounts({ summary }: { readonly summary: ForecastSummary }) {
  const words = useWords(forecastWords);
  const { language } = useLanguage();
  const share = (rate: number | undefined): string => (rate === undefined ? words.none : formatValue(Math.round(100 * rate), 'percent', language).text);
  const length = (seconds: number | undefined): string => (seconds === undefined ? words.none : formatValue(seconds, 'seconds', language).text);
  const { scored, hitRate, falseRate, missedRate, meanLeadSeconds, meanErrorSeconds, coverage, levels = [] } = summary;
  return (
    <div className={own['stack']}>
      <dl className={styles['counts']}>
        <Fact name={words.hits} value={share(hitRate)} note={words.scored(scored)} />
        <Fact name={words.falseAlarms} value={share(falseRate)} note={words.missed(share(missedRate))} />
        <Fact name={words.lead} value={length(meanLeadSeconds)} note={words.error(length(meanErrorSeconds))} />
        <Fact name={words.coverage} value={share(coverage)} note={words.wanted} />
      </dl>
      {levels.length < 2 ? null : (
        <div className={own['levels']}>
          <LevelScores levels={levels} share={share} />
        </div>
      )}
    </div>
  );
}

function Fact({ name, value, note }: { readonly name: string; readonly value: string; readonly note: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <strong>{value}</strong>
        <span>{note}</span>
      </dd>
    </div>
  );
}
