import type { Me, Scope } from '@opsloop/contracts';
import { queryOptions, useSuspenseQuery } from '@tanstack/react-query';
import { apiGet } from '../api/client.js';

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => apiGet<Me>('me', {}, signal),
  staleTime: 5 * 60_000,
});

/** Who is signed in. The shell has loaded it before any page shows. */
export function useMe(): Me {
  return useSuspenseQuery(meQuery).data;
}

export function hasScope(me: Me, scope: Scope): boolean {
  return me.scopes.includes(scope) || me.scopes.includes('admin');
}
