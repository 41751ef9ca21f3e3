import type { DefinitionAnswer } from '@opsloop/contracts';
import { queryOptions } from '@tanstack/react-query';
import { allPages } from '../api/all-pages.js';
import { apiGet } from '../api/client.js';

export type DefinitionPath = 'policies' | 'playbooks' | 'scenarios' | 'receivers' | 'schedules';

export function definitionsQuery(path: DefinitionPath) {
  return queryOptions({
    queryKey: [path, 'all'],
    queryFn: ({ signal }) => allPages<DefinitionAnswer>(path, {}, 1_000, signal),
    staleTime: 30_000,
    refetchInterval: 60_000,
  });
}

/** One definition with all its kept versions. */
export function definitionQuery(path: DefinitionPath, name: string) {
  return queryOptions({
    queryKey: [path, 'one', name],
    queryFn: ({ signal }) => apiGet<DefinitionAnswer>(`${path}/${encodeURIComponent(name)}`, {}, signal),
    staleTime: 15_000,
  });
}
