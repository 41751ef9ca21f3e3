import { findMetric, listMetrics, type Metric } from '@opsloop/contracts';
import { z } from 'zod';
import { notFound } from '../http/api-error.js';
import { route, type Route } from '../http/route.js';
import type { ResourceDirectory } from './resource-directory.js';

export function metricRoutes(directory: ResourceDirectory): Route[] {
  return [
    route({
      method: 'get', path: '/metrics', scope: 'read', summary: 'The catalogue, and metrics seen that it does not know', query: z.strictObject({ seen: z.enum(['true', 'false']).default('false').describe('only what has been measured') }), answer: 'MetricPage',
      async handle({ principal, query }) {
        const seen = new Set([...(await directory.all(principal.tenant)).values()].flatMap((record) => record.metrics));
        const unknown = [...seen].filter((name) => !findMetric(name)).map(unknownMetric);
        const known = query.seen === 'true' ? listMetrics().filter((metric) => seen.has(metric.name)) : listMetrics();
        return { items: [...known, ...unknown].map((metric) => ({ ...metric, seen: seen.has(metric.name) })) };
      },
    }),
    route({
      method: 'get', path: '/metrics/{name}', scope: 'read', summary: 'One metric of the catalogue', answer: 'Metric',
      async handle({ principal, params }) {
        const name = params['name']!;
        const records = [...(await directory.all(principal.tenant)).values()].filter((record) => record.metrics.includes(name));
        const metric = findMetric(name) ?? (records.length > 0 ? unknownMetric(name) : undefined);
        if (!metric) throw notFound('metric', name);
        return { ...metric, seen: records.length > 0, resources: records.length };
      },
    }),
  ];
}

function unknownMetric(name: string): Metric {
  return { name, unit: '', kind: 'gauge', title: { en: name }, dimensions: [], sources: [{ field: name }], targetKinds: [] };
}
