import { collections, toApi, type Alarm, type Level, type ResourceAnswer, type ResourceRecord } from '@opsloop/contracts';
import { findAll, type ServiceContext } from '@opsloop/runtime';
import { z } from 'zod';
import { badRequest, notFound } from '../http/api-error.js';
import { listShape } from '../http/list-query.js';
import { route, type Route } from '../http/route.js';
import { attributeOf, type ResourceDirectory } from './resource-directory.js';
import { labelsOf } from './select-series.js';

const severity: Record<Level, number> = { info: 1, warn: 2, critical: 3, down: 4 };

const resourcesQuery = z.object({ ...listShape, name: z.string().max(200).optional().describe('part of the name'), kind: z.string().optional(), metric: z.string().optional() }).catchall(z.string()).superRefine((value, context) => {
  const known = ['limit', 'cursor', 'name', 'kind', 'metric'];
  for (const key of Object.keys(value)) if (!known.includes(key) && !key.startsWith('label.')) context.addIssue({ code: 'custom', path: [key], message: 'is not known here' });
});

export function resourceRoutes({ documents }: ServiceContext, directory: ResourceDirectory): Route[] {
  const alarms = documents.collection<Alarm>(collections.alarms);

  async function openAlarms(tenant: string, resources: readonly ResourceRecord[]): Promise<Map<string, { level: Level; count: number }>> {
    const states = new Map<string, { level: Level; count: number }>();
    for (const { resourceId, level } of await findAll(alarms, { tenant, state: 'open', resourceId: { in: resources.map((one) => one.resourceId) } })) {
      const known = states.get(resourceId);
      states.set(resourceId, { level: known && severity[known.level] >= severity[level] ? known.level : level, count: (known?.count ?? 0) + 1 });
    }
    return states;
  }

  return [
    route({
      method: 'get', path: '/resources', scope: 'read', summary: 'What is seen: hosts, services and more', query: resourcesQuery, answer: 'ResourcePage',
      async handle({ principal, query }) {
        const labels = labelsOf(query);
        const all = [...(await directory.all(principal.tenant)).values()].filter(
          (record) =>
            (query.name === undefined || record.name.toLowerCase().includes(query.name.toLowerCase())) &&
            (query.kind === undefined || record.kind === query.kind) &&
            (query.metric === undefined || record.metrics.includes(query.metric)) &&
            Object.entries(labels).every(([key, value]) => attributeOf(record, key) === value),
        );
        const sorted = all.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.resourceId < b.resourceId ? -1 : 1));
        const from = query.cursor === undefined ? 0 : sorted.findIndex((record) => `${record.name}\n${record.resourceId}` > readCursor(query.cursor!));
        const page = from < 0 ? [] : sorted.slice(from, from + query.limit);
        const last = page.at(-1);
        const more = last !== undefined && sorted.at(-1) !== last;
        const states = await openAlarms(principal.tenant, page);
        return { items: page.map((record) => toAnswer(record, states)), ...(more && { nextCursor: Buffer.from(`${last.name}\n${last.resourceId}`).toString('base64url') }) };
      },
    }),
    route({
      method: 'get', path: '/resources/{id}', scope: 'read', summary: 'One resource, by id or name', answer: 'ResourceAnswer',
      async handle({ principal, params }) {
        const [record] = await directory.find(principal.tenant, params['id']!);
        if (!record) throw notFound('resource', params['id']!);
        return toAnswer(record, await openAlarms(principal.tenant, [record]));
      },
    }),
  ];
}

function readCursor(cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString();
  if (!text.includes('\n')) throw badRequest('The cursor is not one of this list.', [{ at: 'cursor', message: 'use nextCursor of the page before' }]);
  return text;
}

function toAnswer(record: ResourceRecord, states: ReadonlyMap<string, { level: Level; count: number }>): ResourceAnswer {
  const state = states.get(record.resourceId);
  return { ...toApi(record), level: state?.level ?? null, openAlarms: state?.count ?? 0 };
}
