import type { ResourceAnswer } from '@opsloop/contracts';
import { queryOptions } from '@tanstack/react-query';
import { allPages } from '../api/all-pages.js';
import { apiGet } from '../api/client.js';

const mostResources = 5_000;

/** Every resource with its state; the honeycomb, the pickers and the search share it. */
export const resourcesQuery = queryOptions({
  queryKey: ['resources', 'all'],
  queryFn: ({ signal }) => allPages<ResourceAnswer>('resources', {}, mostResources, signal),
  // A fresh installation sees its first resources within seconds.
  refetchInterval: (query) => (query.state.dataUpdateCount < 60 ? 1_000 : 15_000),
});

export function resourceQuery(id: string) {
  return queryOptions({
    queryKey: ['resources', 'one', id],
    queryFn: ({ signal }) => apiGet<ResourceAnswer>(`resources/${encodeURIComponent(id)}`, {}, signal),
    refetchInterval: 15_000,
  });
}
