import type { Aggregate, MetricAnswer, Page, QueryAnswer, TopAnswer } from '@opsloop/contracts';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { apiGet } from '../api/client.js';
import { formatRange, rangeAt, type Range } from '../time/range.js';

/** How often a young page looks for metrics that are new: a fresh installation has its first within seconds. */
const youngUpdates = 60;

/** The catalogue, and every metric that was seen. */
export const metricsQuery = queryOptions({
  queryKey: ['metrics'],
  queryFn: ({ signal }) => apiGet<Page<MetricAnswer>>('metrics', {}, signal),
  staleTime: 60_000,
  refetchInterval: (query) => (query.state.dataUpdateCount < youngUpdates ? 1_000 : 60_000),
});

export interface HistoryQuestion {
  readonly metric: string;
  readonly range: Range;
  readonly aggregates: readonly Aggregate[];
  readonly resources?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly groupBy?: string;
  readonly stepMs?: number;
}

/** An answer with the range it was asked for: a relative range moves on with each refresh. */
export interface History extends QueryAnswer {
  readonly fromMs: number;
  readonly toMs: number;
}

const pollMs = 5_000;
const slowPollMs = 60_000;

/** History that goes on: asked again every few seconds while the page is seen, less often over long ranges. */
export function historyQuery(question: HistoryQuestion) {
  const { metric, range, aggregates, resources = [], labels = {}, groupBy, stepMs } = question;
  const moving = range.kind === 'last' || range.toMs > Date.now();
  const lengthMs = range.kind === 'last' ? range.lengthMs : range.toMs - range.fromMs;
  return queryOptions({
    queryKey: ['history', metric, formatRange(range), aggregates, resources, labels, groupBy ?? '', stepMs ?? 0],
    queryFn: async ({ signal }): Promise<History> => {
      const { fromMs, toMs } = rangeAt(range, Date.now());
      const named = Object.fromEntries(Object.entries(labels).map(([key, value]) => [`label.${key}`, value]));
      const answer = await apiGet<QueryAnswer>(
        'query',
        { metric, from: Math.floor(fromMs), to: Math.ceil(toMs), step: stepMs ?? 'auto', aggregate: aggregates, resource: resources, groupBy, ...named },
        signal,
      );
      return { ...answer, fromMs, toMs };
    },
    placeholderData: keepPreviousData,
    refetchInterval: moving ? (lengthMs > 6 * 3_600_000 ? slowPollMs : pollMs) : false,
  });
}

export function topQuery(metric: string, n: number, aggregate: Aggregate) {
  return queryOptions({
    queryKey: ['top', metric, n, aggregate],
    queryFn: ({ signal }) => apiGet<TopAnswer>('top', { metric, n, aggregate, by: 'host', from: '-5m' }, signal),
    placeholderData: keepPreviousData,
    refetchInterval: 10_000,
  });
}
