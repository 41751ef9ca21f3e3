import type { Query, QueryClient } from '@tanstack/react-query';

/**
 * Makes the cached answers under a key stale, and fetches anew those that are looked at. A fetch under way goes on: where
 * an answer takes longer than the next event, none would ever end. It may have been answered before the event, so the
 * same is fetched once more after it.
 */
export function createRefresh(queryClient: QueryClient): (key: string) => void {
  const again = new Set<Query>();

  async function refresh(query: Query): Promise<void> {
    if (again.has(query)) return;
    if (query.state.fetchStatus === 'fetching') {
      again.add(query);
      await query.fetch(undefined, { cancelRefetch: false }).catch(() => undefined);
      again.delete(query);
    }
    await queryClient.invalidateQueries({ queryKey: query.queryKey, exact: true }, { cancelRefetch: false });
  }

  return (key) => {
    for (const query of queryClient.getQueryCache().findAll({ queryKey: [key] })) void refresh(query);
  };
}
