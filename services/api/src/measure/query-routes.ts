import { aggregateSchema, findMetric, maxMetricLength, parseDurationMs, type QueryAnswer, type TopAnswer } from '@opsloop/contracts';
import type { ServiceContext } from '@opsloop/runtime';
import { z } from 'zod';
import { badRequest } from '../http/api-error.js';
import { readTime, timeSchema } from '../http/list-query.js';
import { route, type Route } from '../http/route.js';
import { planTiers } from './choose-tier.js';
import { countPoints, groupSeries, mostPoints, readHistory, toPoints } from './read-history.js';
import type { ResourceDirectory } from './resource-directory.js';
import { readTop } from './read-top.js';
import { labelsOf, selectSeries } from './select-series.js';

/** Samples are refused when they lie further ahead of their arrival. */
const mostAheadMs = 3_600_000;
const mostSteps = 100_000;

const aggregateNames = aggregateSchema.options.join('|');

const aggregatesSchema = z.string().meta({ pattern: `^(${aggregateNames})(,(${aggregateNames}))*$`, description: `one or more of ${aggregateSchema.options.join(', ')}, separated by commas` }).transform((text, context) => {
  const parsed = z.array(aggregateSchema).min(1).safeParse(text.split(','));
  if (parsed.success) return [...new Set(parsed.data)];
  context.addIssue({ code: 'custom', message: `is a list of ${aggregateSchema.options.join(', ')}` });
  return z.NEVER;
});

const stepSchema = z.string().transform((text, context) => {
  if (text === 'auto') return 'auto' as const;
  const ms = /^\d+$/.test(text) ? Number(text) : parseDurationMs(text);
  if (ms !== undefined && ms >= 1_000) return ms;
  context.addIssue({ code: 'custom', message: 'is "auto", milliseconds or a duration such as 1m, at least 1s' });
  return z.NEVER;
});

const noMetric = 'is missing: name what was measured, for example ?metric=cpu.utilisation; /api/v1/metrics lists all names';
const metricSchema = z.string({ error: ({ input }) => (input === undefined ? noMetric : undefined) }).min(1, noMetric).max(maxMetricLength);

const querySchema = labelled({
  metric: metricSchema,
  from: timeSchema.default('-1h'),
  to: timeSchema.default('now'),
  step: stepSchema.prefault('auto'),
  aggregate: aggregatesSchema.prefault('avg'),
  resource: z.string().max(20_000).optional().describe('ids or names, separated by commas'),
  groupBy: z.string().max(500).optional().describe('labels, attributes or "resource", separated by commas'),
  fill: z.enum(['null', 'none', 'zero', 'previous']).default('null').describe('what stands where nothing was measured'),
});

const topSchema = labelled({
  metric: metricSchema,
  n: z.coerce.number().int().min(1).max(1000).default(10),
  by: z.enum(['host', 'series']).default('series').describe('host: only series without sub-dimensions, one a resource'),
  aggregate: aggregateSchema.default('avg'),
  direction: z.enum(['highest', 'lowest']).default('highest'),
  resource: z.string().max(20_000).optional(),
  from: timeSchema.default('-5m'),
  to: timeSchema.default('now'),
});

/** Known names are checked, `label.x` goes through, anything else is refused. */
function labelled<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.object(shape).catchall(z.string()).superRefine((value, context) => {
    for (const key of Object.keys(value)) if (!(key in shape) && !key.startsWith('label.')) context.addIssue({ code: 'custom', path: [key], message: 'is not known here' });
  });
}

/** Ends where samples can be at most: later steps would be empty for certain, however many are asked for. */
function rangeOf(query: { from: string; to: string }, nowMs: number): { fromMs: number; toMs: number } {
  const fromMs = readTime(query.from, nowMs)!;
  if (fromMs >= nowMs + mostAheadMs) throw badRequest('"from" is more than 1 h ahead: nothing can have been measured there.', [{ at: 'from', message: `${new Date(nowMs).toISOString()} is now` }]);
  const toMs = Math.min(readTime(query.to, nowMs)!, nowMs + mostAheadMs);
  if (toMs <= fromMs) throw badRequest('"to" must be later than "from".', [{ at: 'to', message: `${new Date(toMs).toISOString()} is not later than ${new Date(fromMs).toISOString()}` }]);
  return { fromMs, toMs };
}

export function queryRoutes({ settings, metricStore, clock }: ServiceContext, directory: ResourceDirectory): Route[] {
  return [
    route({
      method: 'get', path: '/query', scope: 'read', summary: 'History of a metric', query: querySchema, answer: 'QueryAnswer',
      async handle({ principal, query }): Promise<QueryAnswer> {
        const nowMs = clock.now();
        const range = rangeOf(query, nowMs);
        const plan = planTiers(settings, { ...range, stepMs: query.step }, nowMs);
        if ((range.toMs - range.fromMs) / plan.stepMs > mostSteps) throw badRequest('The range holds more than 100,000 steps: widen "step" or narrow the range.');
        const selectors = await selectSeries(directory, { tenant: principal.tenant, metric: query.metric, labels: labelsOf(query), ...(query.resource !== undefined && { resource: query.resource }) });
        const records = await directory.all(principal.tenant);
        const found = await readHistory(metricStore, selectors, plan);
        const series = query.groupBy === undefined ? found : groupSeries(found, query.groupBy.split(','), records);
        const grid = { ...range, stepMs: plan.stepMs };
        const points = countPoints(series, grid, query.fill) * query.aggregate.length;
        if (points > mostPoints) throw badRequest(`The answer would hold ${points} points of ${series.length} series, at most ${mostPoints} are given: widen "step", narrow the range, ask for fewer series or aggregates, or leave out what was not measured ("fill=none").`);
        return {
          metric: query.metric,
          unit: findMetric(query.metric)?.unit ?? '',
          tier: plan.tier,
          stepMs: plan.stepMs,
          series: series.flatMap(({ resource, labels, buckets }) =>
            query.aggregate.map((aggregate) => ({ resource, resourceName: records.get(resource)?.name ?? resource, labels, aggregate, points: toPoints(buckets, aggregate, grid, query.fill) })),
          ),
        };
      },
    }),
    route({
      method: 'get', path: '/top', scope: 'read', summary: 'The series with the highest or lowest values', query: topSchema, answer: 'TopAnswer',
      async handle({ principal, query }): Promise<TopAnswer> {
        const nowMs = clock.now();
        const { fromMs, toMs } = rangeOf(query, nowMs);
        // A short range is read from one tier, which is cheaper than to join several.
        const plan = planTiers(settings, { fromMs, toMs, stepMs: toMs - fromMs <= 3_600_000 ? settings.WINDOW_MS : 'auto' }, nowMs);
        const asked = labelsOf(query);
        const dimensions = query.by === 'host' ? Object.fromEntries((findMetric(query.metric)?.dimensions ?? []).filter((key) => !(key in asked)).map((key) => [key, ''])) : {};
        const selectors = await selectSeries(directory, { tenant: principal.tenant, metric: query.metric, labels: asked, ...(query.resource !== undefined && { resource: query.resource }) });
        const rows = await readTop(metricStore, selectors.map((selector) => ({ ...selector, labels: { ...dimensions, ...selector.labels } })), plan, query);
        const records = await directory.all(principal.tenant);
        return {
          metric: query.metric,
          unit: findMetric(query.metric)?.unit ?? '',
          tier: plan.tier,
          items: rows.map(({ resource, labels, value }) => ({ resource, resourceName: records.get(resource)?.name ?? resource, labels, attributes: records.get(resource)?.attributes ?? {}, value })),
        };
      },
    }),
  ];
}
