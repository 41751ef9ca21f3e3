import { SegmentedControl, TextInput } from '@mantine/core';
import { DefinitionFilter } from '../filter/definition-filter.js';
import { FilterBar } from '../filter/filter-bar.js';
import { ResourceFilter } from '../filter/resource-filter.js';
import { useWords } from '../language/language.js';
import { Icon } from '../shell/icon.js';
import type { BoardSearch } from './board-search.js';
import { workOrderWords } from './work-order-words.js';

export interface WorkOrderFilterBarProps {
  readonly search: BoardSearch;
  /** An empty value takes the filter away. */
  onChange(change: Readonly<Partial<Record<keyof BoardSearch, string>>>): void;
}

/** Text looks through what is shown; playbook and resource are asked of the server. */
export function WorkOrderFilterBar({ search, onChange }: WorkOrderFilterBarProps) {
  const words = useWords(workOrderWords);
  const { view, text = '', playbook = '', resource = '' } = search;
  return (
    <FilterBar>
      <SegmentedControl role="radiogroup" aria-label={words.title} value={view ?? 'board'} onChange={(next) => onChange({ view: next })} data={[{ value: 'board', label: words.board }, { value: 'list', label: words.list }]} />
      <DefinitionFilter path="playbooks" label={words.playbooks} anyLabel={words.anyPlaybook} chosen={playbook} onChange={(next) => onChange({ playbook: next })} />
      <ResourceFilter chosen={resource} onChange={(next) => onChange({ resource: next })} />
      <TextInput aria-label={words.find} placeholder={words.find} leftSection={<Icon name="search" />} w={340} value={text} onChange={(event) => onChange({ text: event.currentTarget.value })} />
    </FilterBar>
  );
}
