import type { ForecastScoreAnswer } from '@opsloop/contracts';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { apiGet } from '../api/client.js';
import styles from '../backtest/backtest.module.css';
import { useWords } from '../language/language.js';
import { Loaded } from '../page/loaded.js';
import { Section } from '../page/page.js';
import { ForecastCounts } from './forecast-counts.js';
import { forecastWords } from './forecast-words.js';

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
  const score = useQuery(forecastScoreQuery(policy));
  return (
    <Section title={words.title}>
      <p className={styles['soft']}>{words.intro}</p>
      <Loaded query={score} height={80}>
        {(found) => (
          <>
            <ForecastCounts summary={found} />
            <p className={styles['soft']}>{words.outcomes(found.hits, found.early, found.late, found.false, found.missed)}</p>
            {found.heldBack === undefined ? null : <p>{words.heldBack(found.heldBack)}</p>}
          </>
        )}
      </Loaded>
    </Section>
  );
}
