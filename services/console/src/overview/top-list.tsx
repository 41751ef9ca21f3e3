import { SegmentedControl } from '@mantine/core';
import type { TopAnswer } from '@opsloop/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useLanguage, useWords } from '../language/language.js';
import { formatValue } from '../metric/format-value.js';
import { topQuery } from '../metric/metric-queries.js';
import { Loaded } from '../page/loaded.js';
import { Section } from '../page/page.js';
import { CalmList } from '../table/calm-list.js';
import { overviewWords } from './overview-words.js';
import styles from './overview.module.css';

const choices = [
  { value: 'cpu.utilisation', name: 'cpu' },
  { value: 'mem.used_percent', name: 'memory' },
] as const;
const most = 10;

/** The hosts with the highest values; each leads to its evidence. */
export function TopList() {
  const words = useWords(overviewWords);
  const [metric, setMetric] = useState<string>(choices[0].value);
  const top = useQuery(topQuery(metric, most, 'avg'));
  return (
    <Section title={words.top} beside={<SegmentedControl role="radiogroup" size="xs" aria-label={words.top} value={metric} onChange={setMetric} data={choices.map(({ value, name }) => ({ value, label: words[name] }))} />}>
      <Loaded query={top} height={240}>
        {(answer) => <TopRows answer={answer} metric={metric} />}
      </Loaded>
      <p className={styles['faint']}>{words.topText}</p>
    </Section>
  );
}

function TopRows({ answer: { items, unit }, metric }: { readonly answer: TopAnswer; readonly metric: string }) {
  const { language } = useLanguage();
  const full = unit === 'percent' ? 100 : Math.max(...items.map((item) => item.value), 1e-9);
  const rows = useMemo(() => items.map((item) => ({ ...item, id: item.resource })), [items]);
  return (
    <CalmList items={rows} about={metric}>
      {(shown) => (
        <ol className={styles['top']}>
          {shown.map((item) => (
            <li key={item.resource}>
              <Link to="/metrics" search={{ metrics: metric, resources: item.resource }} className={styles['top-row']}>
                <span className={styles['top-name']}>{item.resourceName}</span>
                <b>{formatValue(item.value, unit, language).text}</b>
                <span className={styles['bar']} aria-hidden="true">
                  <span style={{ width: `${Math.min(100, Math.max(0, (item.value / full) * 100))}%` }} />
                </span>
              </Link>
            </li>
          ))}
        </ol>
      )}
    </CalmList>
  );
}
