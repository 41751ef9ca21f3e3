import { TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { useWords } from '../language/language.js';
import { resourcesQuery } from '../resource/resource-queries.js';
import { filterWords } from './filter-words.js';

const mostOffered = 200;

export interface ResourceFilterProps {
  /** Id or name; '' for any. */
  readonly chosen: string;
  onChange(resource: string): void;
}

/** A resource by id or name; its name is shown. */
export function ResourceFilter({ chosen, onChange }: ResourceFilterProps) {
  const name = useQuery(resourcesQuery).data?.items.find((one) => one.resourceId === chosen)?.name ?? chosen;
  // A new name from outside begins a new field.
  return <ResourceField key={name} name={name} onChange={onChange} />;
}

function ResourceField({ name, onChange }: { readonly name: string; onChange(resource: string): void }) {
  const words = useWords(filterWords);
  const resources = useQuery(resourcesQuery).data?.items ?? [];
  const [text, setText] = useState(name);
  const listId = useId();
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
      <TextInput aria-label={words.anyResource} placeholder={words.any} value={text} onChange={(event) => setText(event.currentTarget.value)} onBlur={take} list={listId} />
      <datalist id={listId}>
        {resources.slice(0, mostOffered).map((one) => (
          <option key={one.id} value={one.name} />
        ))}
      </datalist>
    </form>
  );
}
