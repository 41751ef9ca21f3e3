import { Button, MultiSelect, NativeSelect, TextInput, UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useWords } from '../language/language.js';
import { resourcesQuery } from '../resource/resource-queries.js';
import { Icon } from '../shell/icon.js';
import { aggregatesOf, explorerAggregates, labelsOf, labelText, listOf, type ExplorerSearch } from './explorer-search.js';
import styles from './metric.module.css';
import { metricWords } from './metric-words.js';
import { RangePicker } from './range-picker.js';

interface ControlsProps {
  readonly search: ExplorerSearch;
  /** Label names that the drawn series carry. */
  readonly labelNames: readonly string[];
  onChange(change: ExplorerSearch): void;
}

const mostOptions = 60;

export function ExplorerControls({ search, labelNames, onChange }: ControlsProps) {
  const words = useWords(metricWords);
  const resources = useQuery(resourcesQuery).data?.items;
  const options = useMemo(() => resources?.map((one) => ({ value: one.resourceId, label: one.name })) ?? [], [resources]);
  const chosen = listOf(search.resources);
  const groups = [
    { value: '', label: words.groupSeries },
    { value: 'resource', label: words.groupResource },
    ...[...new Set(['region', 'provider', ...labelNames, ...(search.group && search.group !== 'resource' ? [search.group] : [])])].map((value) => ({ value, label: value })),
  ];
  return (
    <div className={styles['controls']}>
      <MultiSelect
        className={styles['controls-wide']}
        label={words.resources}
        placeholder={chosen.length === 0 ? words.allResources : ''}
        searchable
        clearable
        limit={mostOptions}
        data={options}
        value={chosen.filter((id) => options.some((option) => option.value === id))}
        onChange={(ids) => onChange({ resources: ids.join(',') })}
        clearButtonProps={{ 'aria-label': words.allResources }}
      />
      <LabelFilter text={search.labels} onChange={(labels) => onChange({ labels })} />
      <NativeSelect label={words.aggregate} value={aggregatesOf(search.aggregate).join(',')} onChange={(event) => onChange({ aggregate: event.currentTarget.value === 'avg' ? '' : event.currentTarget.value })} data={[...explorerAggregates.map((value) => ({ value: value as string, label: words[value] })), { value: 'min,avg,max', label: `${words.min}, ${words.avg}, ${words.max}` }]} />
      <NativeSelect label={words.group} value={search.group ?? ''} onChange={(event) => onChange({ group: event.currentTarget.value })} data={groups} />
      <RangePicker value={search.range} onChange={(range) => onChange({ range })} />
    </div>
  );
}

/** Labels narrow every chart; each is shown as a chip that takes itself away. */
function LabelFilter({ text, onChange }: { readonly text: string | undefined; onChange(text: string): void }) {
  const words = useWords(metricWords);
  const [draft, setDraft] = useState('');
  const labels = labelsOf(text);
  const [name = '', value = ''] = draft.split(/[=:]/, 2).map((part) => part.trim());
  const complete = name !== '' && value !== '' && !value.includes(',');
  return (
    <form
      className={styles['field']}
      onSubmit={(event) => {
        event.preventDefault();
        if (!complete) return;
        onChange(labelText({ ...labels, [name]: value }));
        setDraft('');
      }}
    >
      <TextInput
        label={words.labels}
        placeholder={words.labelsText}
        value={draft}
        onChange={(event) => setDraft(event.currentTarget.value)}
        rightSectionWidth={60}
        rightSection={
          complete ? (
            <Button size="compact-xs" variant="default" type="submit">
              {words.addLabel}
            </Button>
          ) : null
        }
      />
      {Object.keys(labels).length === 0 ? null : (
        <div className={styles['chips']}>
          {Object.entries(labels).map(([key, one]) => (
            <UnstyledButton key={key} className={styles['chip']} onClick={() => onChange(labelText(Object.fromEntries(Object.entries(labels).filter(([other]) => other !== key))))}>
              {key}={one}
              <Icon name="close" size={10} />
            </UnstyledButton>
          ))}
        </div>
      )}
    </form>
  );
}
