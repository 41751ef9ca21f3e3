import type { AlarmAnswer, Page } from '@opsloop/contracts';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { allPages } from '../api/all-pages.js';
import { apiGet } from '../api/client.js';
import type { AlarmRecord, Level } from '../api/records.js';
import { levelsWorstFirst } from '../level/level.js';
import type { AlarmFilters } from './alarm-filters.js';
import { alarmQueryOf } from './alarm-filters.js';

const mostOpen = 1_000;

export interface OpenAlarms {
  /** The worst first. */
  readonly items: readonly AlarmRecord[];
  /** Levels that have more than are in the list. */
  readonly cut: readonly Level[];
}

async function readOpenAlarms(signal: AbortSignal): Promise<OpenAlarms> {
  const { items, complete } = await allPages<AlarmRecord>('alarms', { state: 'open', order: 'worst' }, mostOpen, signal);
  if (complete) return { items, cut: [] };
  // The list ends within a level: each is read by itself, so that those below it are counted as well.
  const levels = await Promise.all(levelsWorstFirst.map(async (level) => ({ level, ...(await allPages<AlarmRecord>('alarms', { state: 'open', level }, mostOpen, signal)) })));
  return { items: levels.flatMap((one) => one.items), cut: levels.filter((one) => !one.complete).map(({ level }) => level) };
}

/** All open alarms: counted in the side bar, on the overview and in the tab's icon, which is seen of a page that is hidden. */
export const openAlarmsQuery = queryOptions({
  queryKey: ['alarms', 'open'],
  queryFn: ({ signal }) => readOpenAlarms(signal),
  refetchInterval: 30_000,
  refetchIntervalInBackground: true,
});

/** The newest alarms, open or not: what the feed of the overview is made of. */
export const recentAlarmsQuery = queryOptions({
  queryKey: ['alarms', 'recent'],
  queryFn: ({ signal }) => apiGet<Page<AlarmRecord>>('alarms', { limit: 20 }, signal),
  refetchInterval: 30_000,
});

export function alarmsQuery(filters: AlarmFilters) {
  const query = alarmQueryOf(filters);
  return infiniteQueryOptions({
    queryKey: ['alarms', 'list', query],
    queryFn: ({ pageParam, signal }) => apiGet<Page<AlarmRecord>>('alarms', { ...query, limit: 100, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: 30_000,
  });
}

export function alarmQuery(id: string) {
  return queryOptions({
    queryKey: ['alarms', 'one', id],
    queryFn: ({ signal }) => apiGet<AlarmAnswer>(`alarms/${encodeURIComponent(id)}`, {}, signal),
    refetchInterval: (query) => (query.state.data?.state === 'open' ? 5_000 : 30_000),
  });
}
