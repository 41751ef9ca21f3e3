import { NativeSelect, SegmentedControl, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import alarmStyles from '../alarm/alarm.module.css';
import { useLanguage, useWords } from '../language/language.js';
import { definitionTitle } from '../policy/definition-title.js';
import { definitionsQuery } from '../policy/policy-queries.js';
import { resourcesQuery } from '../resource/resource-queries.js';
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
  const { language } = useLanguage();
  const { view, text = '', playbook = '', resource = '' } = search;
  const playbooks = (useQuery(definitionsQuery('playbooks')).data?.items ?? []).map((one) => ({ value: one.name, label: definitionTitle(one, language) }));
  const resourceName = useQuery(resourcesQuery).data?.items.find((one) => one.resourceId === resource)?.name ?? resource;
  // A playbook that is deleted by now can still be the filter.
  const gone = playbook !== '' && !playbooks.some((one) => one.value === playbook) ? [{ value: playbook, label: playbook }] : [];
  return (
    <div className={alarmStyles['filters']}>
      <SegmentedControl role="radiogroup" aria-label={words.title} value={view ?? 'board'} onChange={(next) => onChange({ view: next })} data={[{ value: 'board', label: words.board }, { value: 'list', label: words.list }]} />
      <NativeSelect aria-label={words.playbooks} value={playbook} onChange={(event) => onChange({ playbook: event.currentTarget.value })} data={[{ value: '', label: words.anyPlaybook }, ...playbooks, ...gone]} />
      <ResourceField key={resourceName} name={resourceName} onChange={(next) => onChange({ resource: next })} />
      <TextInput aria-label={words.find} placeholder={words.find} leftSection={<Icon name="search" />} w={300} value={text} onChange={(event) => onChange({ text: event.currentTarget.value })} />
    </div>
  );
}

/** A new name from outside begins a new field: it takes a key. */
function ResourceField({ name, onChange }: { readonly name: string; onChange(value: string): void }) {
  const words = useWords(workOrderWords);
  const resources = useQuery(resourcesQuery).data?.items ?? [];
  const [text, setText] = useState(name);
  const take = (): void => {
    if (text.trim() !== name) onChange(text.trim());
  };
  return (
    <form
      role="search"
      aria-label={words.anyResource}
      onSubmit={(event) => {
        event.preventDefault();
        take();
      }}
    >
      <TextInput aria-label={words.anyResource} placeholder={words.anyResource} value={text} onChange={(event) => setText(event.currentTarget.value)} onBlur={take} list="work-order-resources" />
      <datalist id="work-order-resources">
        {resources.slice(0, 200).map((one) => (
          <option key={one.id} value={one.name} />
        ))}
      </datalist>
    </form>
  );
}
