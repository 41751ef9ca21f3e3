import { Button, CopyButton } from '@mantine/core';
import { useQueries, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useLanguage, useWords } from '../language/language.js';
import { titleIn } from '../language/titled.js';
import { Empty } from '../page/empty.js';
import { Loaded } from '../page/loaded.js';
import { PageFrame, Section } from '../page/page.js';
import { pageWords } from '../page/page-words.js';
import { Icon } from '../shell/icon.js';
import { parseRange } from '../time/range.js';
import { CatalogueTree } from './catalogue-tree.js';
import { historyCsv } from './csv.js';
import { ExplorerChart } from './explorer-chart.js';
import { ExplorerControls } from './explorer-controls.js';
import { aggregatesOf, labelsOf, listOf, readExplorer, type ExplorerSearch } from './explorer-search.js';
import { historyQuery, metricsQuery, type History } from './metric-queries.js';
import styles from './metric.module.css';
import { metricWords } from './metric-words.js';

const starters = ['cpu.utilisation', 'mem.used_percent', 'disk.used_percent', 'net.bytes_recv'];

export function MetricsPage() {
  const words = useWords(metricWords);
  const { language } = useLanguage();
  const search = useSearch({ from: '/app/metrics' });
  const navigate = useNavigate();
  const catalogue = useQuery(metricsQuery);
  const chosen = listOf(search.metrics);
  const set = (change: ExplorerSearch): void => void navigate({ to: '/metrics', search: readExplorer({ ...search, ...change }), replace: true, resetScroll: false });
  const toggle = (name: string): void => set({ metrics: (chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name]).join(',') });
  const histories = useQueries({ queries: chosen.map((metric) => historyQuery(questionOf(metric, search))) });
  const answers = histories.flatMap((history) => history.data ?? []);
  const labelNames = useMemo(() => [...new Set(answers.flatMap((answer) => answer.series.flatMap((one) => Object.keys(one.labels))))].toSorted(), [answers]);
  const titleOf = (name: string): string => titleIn(catalogue.data?.items.find((metric) => metric.name === name)?.title, language, name);
  return (
    <PageFrame title={words.title} lead={words.lead} beside={answers.length > 0 ? <Tools answers={answers} /> : undefined}>
      <div className={styles['layout']} data-chosen={chosen.length > 0 || undefined}>
        <div className={styles['picker']}>
          <Section title={words.catalogue}>
            <Loaded query={catalogue} height={300}>
              {({ items }) => (
                <div className={styles['field']} style={{ gap: 'var(--space-3)' }}>
                  <CatalogueTree metrics={items} chosen={chosen} onToggle={toggle} />
                </div>
              )}
            </Loaded>
          </Section>
        </div>
        <div className={styles['charts']}>
          <Section>
            <ExplorerControls search={search} labelNames={labelNames} onChange={set} />
          </Section>
          {chosen.length === 0 ? (
            <Section>
              <Empty title={words.emptyTitle}>
                <p>{words.emptyText}</p>
                <div className={styles['tools']}>
                  {starters.map((name) => (
                    <Button key={name} variant="default" onClick={() => toggle(name)}>
                      {titleOf(name)}
                    </Button>
                  ))}
                </div>
              </Empty>
            </Section>
          ) : null}
          {chosen.map((metric, index) => (
            <ExplorerChart key={metric} metric={metric} title={titleOf(metric)} history={histories[index]!} search={search} onRemove={() => toggle(metric)} onZoom={(fromMs, toMs) => set({ range: `${Math.round(fromMs)}-${Math.round(toMs)}` })} />
          ))}
        </div>
      </div>
    </PageFrame>
  );
}

function questionOf(metric: string, search: ExplorerSearch) {
  return { metric, range: parseRange(search.range), aggregates: aggregatesOf(search.aggregate), resources: listOf(search.resources), labels: labelsOf(search.labels), ...(search.group === undefined ? {} : { groupBy: search.group }) };
}

/** What takes the charts elsewhere: the address, and the numbers. */
function Tools({ answers }: { readonly answers: readonly History[] }) {
  const words = useWords(metricWords);
  const { copied: copiedWord } = useWords(pageWords);
  function download(): void {
    const address = URL.createObjectURL(new Blob([historyCsv(answers)], { type: 'text/csv' }));
    const link = Object.assign(document.createElement('a'), { href: address, download: `${answers.map((answer) => answer.metric).join('+')}.csv` });
    link.click();
    URL.revokeObjectURL(address);
  }
  return (
    <>
      <CopyButton value={location.href}>
        {({ copied, copy }) => (
          <Button variant="default" leftSection={<Icon name="link" />} onClick={copy}>
            {copied ? copiedWord : words.link}
          </Button>
        )}
      </CopyButton>
      <Button variant="default" leftSection={<Icon name="download" />} title={words.csvText} onClick={download}>
        {words.csv}
      </Button>
    </>
  );
}
