import type { ForecastSummary } from '@opsloop/contracts';
import styles from '../backtest/backtest.module.css';
import { useLanguage, useWords } from '../language/language.js';
import { formatValue } from '../metric/format-value.js';
import { forecastWords } from './forecast-words.js';

/** What became of forecasts: how often they were right, how long before, and how well the interval held. */
export function ForecastCounts({ summary }: { readonly summary: ForecastSummary }) {
  const words = useWords(forecastWords);
  const { language } = useLanguage();
  const share = (rate: number | undefined): string => (rate === undefined ? words.none : formatValue(100 * rate, 'percent', language).text);
  const length = (seconds: number | undefined): string => (seconds === undefined ? words.none : formatValue(seconds, 'seconds', language).text);
  const { scored, hitRate, falseRate, missedRate, meanLeadSeconds, meanErrorSeconds, coverage } = summary;
  return (
    <dl className={styles['counts']}>
      <Fact name={words.hits} value={share(hitRate)} note={words.scored(scored)} />
      <Fact name={words.falseAlarms} value={share(falseRate)} note={words.missed(share(missedRate))} />
      <Fact name={words.lead} value={length(meanLeadSeconds)} note={words.error(length(meanErrorSeconds))} />
      <Fact name={words.coverage} value={share(coverage)} note={words.wanted} />
    </dl>
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
