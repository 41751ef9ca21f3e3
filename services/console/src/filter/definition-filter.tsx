import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useLanguage } from '../language/language.js';
import { definitionTitle } from '../definition/definition-title.js';
import { definitionsQuery, type DefinitionPath } from '../definition/definition-queries.js';

export interface DefinitionFilterProps {
  readonly path: DefinitionPath;
  readonly label: string;
  readonly anyLabel: string;
  /** A name; '' for any. */
  readonly chosen: string;
  onChange(name: string): void;
}

/** One of the definitions of a kind, or any. */
export function DefinitionFilter({ path, label, anyLabel, chosen, onChange }: DefinitionFilterProps) {
  const { language } = useLanguage();
  const known = (useQuery(definitionsQuery(path)).data?.items ?? []).map((one) => ({ value: one.name, label: definitionTitle(one, language) }));
  // One that is deleted by now can still be the filter.
  const gone = chosen !== '' && !known.some((one) => one.value === chosen) ? [{ value: chosen, label: chosen }] : [];
  return <NativeSelect aria-label={label} value={chosen} onChange={(event) => onChange(event.currentTarget.value)} data={[{ value: '', label: anyLabel }, ...known, ...gone]} />;
}
