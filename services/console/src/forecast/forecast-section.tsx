import type { ForecastScoreAnswer } from '@opsloop/contracts';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { apiGet } from '../api/client.js';
import styles from '../backtest/backtest.module.css';
import { useLanguage, useWords } from '../language/language.js';
import { serverSentence } from '../language/server-sentence.js';
import { Loaded } from '../page/loaded.js';
import { Section } from '../page/page.js';
import { ForecastCounts } from './forecast-counts.js';
import { forecastWords } from './forecast-words.js';
import own from './forecast.module.css';

function forecastScoreQuery(policy: string) {
  return queryOptions({
    queryKey: ['policies', 'forecast-score', policy],
    queryFn: ({ signal }) => apiGet<ForecastScoreAnswer>(`policies/${encodeURIComponent(policy)}/forecast-score`, {}, signal),
    staleTime: 15_000,
    refetchInterval: 30_000,
  });
}

/** How good the forecasts of a policy have been, live, and whether it may act on them. */
export function ForecastSection({ policy }: { readonly policy: string }) {
  const words = useWords(forecastWords);
  const { language } = useLanguage();
  const score = useQuery(forecastScoreQuery(policy));
  return (
    <Section title={words.title}>
      <p className={own['intro']}>{words.intro}</p>
      <Loaded query={score} height={80}>
        {(found) => (
          <div className={own['stack']}>
            <ForecastCounts summary={found} />
            <p className={styles['soft']}>{words.outcomes(found.hits, found.early, found.late, found.false, found.missed)}</p>
            {found.heldBack === undefined ? null : <p>{words.heldBack(serverSentence(found.heldBack, language))}</p>}
          </div>
        )}
      </Loaded>
    </Section>
  );
}
