import { NativeSelect, SegmentedControl } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { DefinitionFilter } from '../filter/definition-filter.js';
import { FilterBar } from '../filter/filter-bar.js';
import { ResourceFilter } from '../filter/resource-filter.js';
import { useWords } from '../language/language.js';
import { levelWords } from '../level/level-words.js';
import { levelsWorstFirst } from '../level/level.js';
import { alarmPeriods, readAlarmFilters, type AlarmFilters } from './alarm-filters.js';
import { alarmWords } from './alarm-words.js';

export function AlarmFilterBar({ filters }: { readonly filters: AlarmFilters }) {
  const words = useWords(alarmWords);
  const levels = useWords(levelWords);
  const navigate = useNavigate();
  const set = (change: Readonly<Record<string, string>>): void => void navigate({ to: '/alarms', search: readAlarmFilters({ ...filters, ...change }), replace: true });
  return (
    <FilterBar>
      <SegmentedControl role="radiogroup" aria-label={words.state} value={filters.state ?? 'open'} onChange={(state) => set({ state: state === 'open' ? '' : state })} data={(['open', 'resolved', 'all'] as const).map((value) => ({ value, label: words[value] }))} />
      <NativeSelect aria-label={words.level} value={filters.level ?? ''} onChange={(event) => set({ level: event.currentTarget.value })} data={[{ value: '', label: words.anyLevel }, ...levelsWorstFirst.map((value) => ({ value, label: levels[value] }))]} />
      <DefinitionFilter path="policies" label={words.policy} anyLabel={words.anyPolicy} chosen={filters.policy ?? ''} onChange={(policy) => set({ policy })} />
      <ResourceFilter chosen={filters.resource ?? ''} onChange={(resource) => set({ resource })} />
      <NativeSelect aria-label={words.period} value={filters.period ?? (filters.state === undefined ? 'ever' : '7d')} onChange={(event) => set({ period: event.currentTarget.value })} data={alarmPeriods.map((value) => ({ value, label: words[value] }))} />
    </FilterBar>
  );
}
