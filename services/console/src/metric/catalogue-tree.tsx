import { Checkbox, TextInput, UnstyledButton } from '@mantine/core';
import type { MetricAnswer } from '@opsloop/contracts';
import { useDeferredValue, useMemo, useState } from 'react';
import { useLanguage, useWords } from '../language/language.js';
import { titleIn } from '../language/titled.js';
import { Icon } from '../shell/icon.js';
import { groupMetrics, type MetricGroup } from './catalogue-groups.js';
import styles from './metric.module.css';
import { metricWords } from './metric-words.js';

interface CatalogueTreeProps {
  readonly metrics: readonly MetricAnswer[];
  readonly chosen: readonly string[];
  onToggle(name: string): void;
}

const openAtMost = 30;

export function CatalogueTree({ metrics, chosen, onToggle }: CatalogueTreeProps) {
  const words = useWords(metricWords);
  const { language } = useLanguage();
  const [text, setText] = useState('');
  const [onlySeen, setOnlySeen] = useState(true);
  const wanted = useDeferredValue(text);
  const groups = useMemo(() => groupMetrics(metrics, wanted, onlySeen, language), [metrics, wanted, onlySeen, language]);
  const found = groups.reduce((sum, group) => sum + group.metrics.length, 0);
  return (
    <>
      <TextInput aria-label={words.find} placeholder={words.find} leftSection={<Icon name="search" />} value={text} onChange={(event) => setText(event.currentTarget.value)} />
      <Checkbox size="sm" label={words.onlySeen} checked={onlySeen} onChange={(event) => setOnlySeen(event.currentTarget.checked)} />
      <div className={styles['tree']}>
        {groups.length === 0 ? <p>{words.noneFound}</p> : null}
        {groups.map((group) => (
          <Branch key={group.name} group={group} opened={wanted !== '' && found <= openAtMost} chosen={chosen} onToggle={onToggle} />
        ))}
      </div>
    </>
  );
}

function Branch({ group, opened, chosen, onToggle }: { readonly group: MetricGroup; readonly opened: boolean; readonly chosen: readonly string[]; onToggle(name: string): void }) {
  const words = useWords(metricWords);
  const { language } = useLanguage();
  const [toggled, setToggled] = useState<boolean>();
  const open = toggled ?? (opened || group.metrics.some((metric) => chosen.includes(metric.name)));
  return (
    <details className={styles['group']} open={open} onToggle={(event) => setToggled(event.currentTarget.open === opened ? undefined : event.currentTarget.open)}>
      <summary>
        <Icon name="right" size={12} />
        {group.name === '' ? words.unknownGroup : group.name}
        <small>{group.metrics.length}</small>
      </summary>
      {open
        ? group.metrics.map((metric) => (
            <UnstyledButton key={metric.name} className={styles['metric']} aria-pressed={chosen.includes(metric.name)} data-unseen={metric.seen ? undefined : true} title={metric.seen ? words.seen : words.unseen} onClick={() => onToggle(metric.name)}>
              <span>{titleIn(metric.title, language, metric.name)}</span>
              <small>{metric.name}</small>
            </UnstyledButton>
          ))
        : null}
    </details>
  );
}
