import type { Page } from '@opsloop/contracts';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { apiGet } from '../api/client.js';
import type { NoticeRecord } from '../api/records.js';

export const noticesQuery = infiniteQueryOptions({
  queryKey: ['notices', 'list'],
  queryFn: ({ pageParam, signal }) => apiGet<Page<NoticeRecord>>('notices', { limit: 100, cursor: pageParam }, signal),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.nextCursor,
  refetchInterval: 30_000,
});

export function noticeQuery(id: string) {
  return queryOptions({
    queryKey: ['notices', 'one', id],
    queryFn: ({ signal }) => apiGet<NoticeRecord>(`notices/${encodeURIComponent(id)}`, {}, signal),
  });
}
