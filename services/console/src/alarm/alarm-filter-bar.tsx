import { NativeSelect, SegmentedControl, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useLanguage, useWords } from '../language/language.js';
import { levelWords } from '../level/level-words.js';
import { levelsWorstFirst } from '../level/level.js';
import { definitionTitle } from '../policy/definition-title.js';
import { definitionsQuery } from '../policy/policy-queries.js';
import { resourcesQuery } from '../resource/resource-queries.js';
import { alarmPeriods, readAlarmFilters, type AlarmFilters } from './alarm-filters.js';
import styles from './alarm.module.css';
import { alarmWords } from './alarm-words.js';

/** Filters live in the address alone: a list that is sent on shows the same. */
export function AlarmFilterBar({ filters }: { readonly filters: AlarmFilters }) {
  const words = useWords(alarmWords);
  const levels = useWords(levelWords);
  const { language } = useLanguage();
  const navigate = useNavigate();
  const policies = useQuery(definitionsQuery('policies')).data?.items ?? [];
  const resources = useQuery(resourcesQuery).data?.items;
  const resourceName = resources?.find((one) => one.resourceId === filters.resource)?.name ?? filters.resource ?? '';
  const set = (change: Readonly<Record<string, string>>): void => void navigate({ to: '/alarms', search: readAlarmFilters({ ...filters, ...change }), replace: true });
  return (
    <div className={styles['filters']}>
      <SegmentedControl role="radiogroup" aria-label={words.state} value={filters.state ?? 'open'} onChange={(state) => set({ state: state === 'open' ? '' : state })} data={(['open', 'resolved', 'all'] as const).map((value) => ({ value, label: words[value] }))} />
      <NativeSelect aria-label={words.level} value={filters.level ?? ''} onChange={(event) => set({ level: event.currentTarget.value })} data={[{ value: '', label: words.anyLevel }, ...levelsWorstFirst.map((value) => ({ value, label: levels[value] }))]} />
      <NativeSelect aria-label={words.policy} value={filters.policy ?? ''} onChange={(event) => set({ policy: event.currentTarget.value })} data={[{ value: '', label: words.anyPolicy }, ...withChosen(policies.map((one) => ({ value: one.name, label: definitionTitle(one, language) })), filters.policy)]} />
      <ResourceFilter key={resourceName} name={resourceName} onChange={(resource) => set({ resource })} />
      <NativeSelect aria-label={words.period} value={filters.period ?? (filters.state === undefined ? 'ever' : '7d')} onChange={(event) => set({ period: event.currentTarget.value })} data={alarmPeriods.map((value) => ({ value, label: words[value] }))} />
    </div>
  );
}

/** A policy that is deleted by now can still be the filter. */
function withChosen(options: readonly { value: string; label: string }[], chosen: string | undefined): { value: string; label: string }[] {
  return chosen === undefined || options.some((one) => one.value === chosen) ? [...options] : [...options, { value: chosen, label: chosen }];
}

/** A new name from outside begins a new field: it takes a key. */
function ResourceFilter({ name, onChange }: { readonly name: string; onChange(value: string): void }) {
  const words = useWords(alarmWords);
  const resources = useQuery(resourcesQuery).data?.items ?? [];
  const [text, setText] = useState(name);
  const take = (): void => {
    if (text.trim() !== name) onChange(text.trim());
  };
  return (
    <form
      role="search"
      aria-label={words.resource}
      onSubmit={(event) => {
        event.preventDefault();
        take();
      }}
    >
      <TextInput aria-label={words.resource} placeholder={words.anyResource} value={text} onChange={(event) => setText(event.currentTarget.value)} onBlur={take} list="alarm-resources" />
      <datalist id="alarm-resources">
        {resources.slice(0, 200).map((one) => (
          <option key={one.id} value={one.name} />
        ))}
      </datalist>
    </form>
  );
}
