import { ActionIcon } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { useLanguage, useWords } from '../language/language.js';
import { LinkButton } from '../page/link-button.js';
import { Loaded } from '../page/loaded.js';
import { Section } from '../page/page.js';
import { Icon } from '../shell/icon.js';
import { formatLength } from '../time/format-time.js';
import { aggregatesOf, listOf, type ExplorerSearch } from './explorer-search.js';
import { HistoryChart } from './history-chart.js';
import type { History } from './metric-queries.js';
import styles from './metric.module.css';
import { metricWords } from './metric-words.js';

interface ExplorerChartProps {
  readonly metric: string;
  readonly title: string;
  readonly history: UseQueryResult<History>;
  readonly search: ExplorerSearch;
  onRemove(): void;
  onZoom(fromMs: number, toMs: number): void;
}

/** The labels of an alarm policy that would watch what is drawn: one resource by its host, else the labels. */
function matchOf(search: ExplorerSearch, history: History | undefined): string | undefined {
  const chosen = listOf(search.resources);
  const name = chosen.length === 1 ? history?.series.find((one) => one.resource === chosen[0])?.resourceName : undefined;
  return [...(name === undefined ? [] : [`host:${name}`]), ...listOf(search.labels)].join(',') || undefined;
}

export function ExplorerChart({ metric, title, history, search, onRemove, onZoom }: ExplorerChartProps) {
  const words = useWords(metricWords);
  const { language } = useLanguage();
  const { data } = history;
  const match = matchOf(search, data);
  return (
    <Section
      title={
        <span className={styles['chart-head']}>
          {title}
          <small>
            {metric}
            {data ? `, ${words.tier(data.tier, formatLength(data.stepMs, language))}` : ''}
          </small>
        </span>
      }
      beside={
        <span className={styles['tools']}>
          <LinkButton to="/policies/new" search={{ metric, aggregate: aggregatesOf(search.aggregate)[0] ?? 'avg', ...(match === undefined ? {} : { match }) }} size="compact-sm" variant="default">
            {words.makePolicy}
          </LinkButton>
          <ActionIcon variant="subtle" color="gray" aria-label={`${words.remove}: ${title}`} onClick={onRemove}>
            <Icon name="close" />
          </ActionIcon>
        </span>
      }
    >
      <Loaded query={history} height={260}>
        {(found) => <HistoryChart history={found} title={title} syncKey="explorer" most={10} onZoom={onZoom} />}
      </Loaded>
    </Section>
  );
}
