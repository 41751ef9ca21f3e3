import type { Page, WorkOrderAnswer } from '@opsloop/contracts';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { allPages } from '../api/all-pages.js';
import { apiGet } from '../api/client.js';
import type { WorkOrderRecord } from '../api/records.js';
import { activeStates } from './work-order-states.js';

/** What waits, runs or is being checked. */
export const activeWorkOrdersQuery = queryOptions({
  queryKey: ['work-orders', 'active'],
  queryFn: ({ signal }) => allPages<WorkOrderRecord>('work-orders', { state: activeStates }, 500, signal),
  refetchInterval: 15_000,
});

export const recentWorkOrdersQuery = queryOptions({
  queryKey: ['work-orders', 'recent'],
  queryFn: ({ signal }) => apiGet<Page<WorkOrderRecord>>('work-orders', { limit: 20 }, signal),
  refetchInterval: 30_000,
});

/** Whose orders are listed, as the address says it. */
export interface WorkOrderFilters {
  readonly playbook?: string;
  /** Id or name. */
  readonly resource?: string;
}

export function workOrdersQuery({ playbook, resource }: WorkOrderFilters) {
  return infiniteQueryOptions({
    queryKey: ['work-orders', 'list', playbook, resource],
    queryFn: ({ pageParam, signal }) => apiGet<Page<WorkOrderRecord>>('work-orders', { playbook, resource, limit: 100, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: 30_000,
  });
}

const mostOf = 100;

/** The newest orders of one resource or playbook. */
export function workOrdersOfQuery(filters: WorkOrderFilters) {
  return queryOptions({
    queryKey: ['work-orders', 'of', filters],
    queryFn: ({ signal }) => allPages<WorkOrderRecord>('work-orders', { ...filters }, mostOf, signal),
  });
}

export function workOrderQuery(id: string) {
  return queryOptions({
    queryKey: ['work-orders', 'one', id],
    queryFn: ({ signal }) => apiGet<WorkOrderAnswer>(`work-orders/${encodeURIComponent(id)}`, {}, signal),
    refetchInterval: (query) => (query.state.data && activeStates.includes(query.state.data.state) ? 3_000 : 30_000),
  });
}

const mostNewest = 500;

/** The newest work orders: what the catalogue of playbooks counts. */
export const newestWorkOrdersQuery = queryOptions({
  queryKey: ['work-orders', 'newest'],
  queryFn: ({ signal }) => apiGet<Page<WorkOrderRecord>>('work-orders', { limit: mostNewest }, signal),
});
