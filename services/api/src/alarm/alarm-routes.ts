import { alarmCommandSchema, collections, levelSchema, toApi, topics, type Alarm, type AlarmAnswer, type WorkOrder } from '@opsloop/contracts';
import type { Filter } from '@opsloop/ports';
import { encodeEvent, findAll, type ServiceContext } from '@opsloop/runtime';
import { z } from 'zod';
import { notFound } from '../http/api-error.js';
import { listShape, timeRange, timeSchema } from '../http/list-query.js';
import { route, type Route } from '../http/route.js';
import type { ResourceDirectory } from '../measure/resource-directory.js';
import { findNotices } from './find-notices.js';
import { findWorstFirst } from './find-worst-first.js';

const mostOrders = 100;

const alarmsQuery = z.strictObject({
  ...listShape,
  state: z.enum(['open', 'resolved']).optional(),
  level: levelSchema.optional(),
  policy: z.string().optional(),
  resource: z.string().optional().describe('id or name'),
  from: timeSchema.optional().describe('opened at or after'),
  to: timeSchema.optional().describe('opened before'),
  order: z.enum(['newest', 'worst']).default('newest').describe('newest first, or the worst level first and of each the newest'),
});

export function alarmRoutes(context: ServiceContext, directory: ResourceDirectory): Route[] {
  const { documents, clock } = context;
  const alarms = documents.collection<Alarm>(collections.alarms);

  async function alarmOf(tenant: string, id: string): Promise<Alarm> {
    const stored = await alarms.get(fullId(tenant, id));
    if (!stored || stored.doc.tenant !== tenant) throw notFound('alarm', id);
    return stored.doc;
  }

  return [
    route({
      method: 'get', path: '/alarms', scope: 'read', summary: 'Alarms, newest or worst first', query: alarmsQuery, answer: 'AlarmPage',
      async handle({ principal, query }) {
        const filter: Record<string, Filter[string]> = { tenant: principal.tenant };
        if (query.state) filter['state'] = query.state;
        if (query.policy) filter['policy'] = query.policy;
        if (query.resource) filter['resourceId'] = { in: (await directory.find(principal.tenant, query.resource)).map((record) => record.resourceId) };
        const opened = timeRange(query.from, query.to, clock.now());
        if (opened) filter['openedAtMs'] = opened;
        const { order, level, limit, cursor } = query;
        const { items, nextCursor } =
          order === 'worst'
            ? await findWorstFirst(alarms, { filter, level, limit, cursor })
            : await alarms.find({ ...filter, ...(level && { level }) }, { sort: { field: 'openedAtMs', direction: 'desc' }, limit, ...(cursor && { cursor }) });
        return { items: items.map(({ doc }) => toApi(doc)), ...(nextCursor && { nextCursor }) };
      },
    }),
    route({
      method: 'get', path: '/alarms/{id}', scope: 'read', summary: 'One alarm with its trace, notices and work orders', answer: 'AlarmAnswer',
      async handle({ principal, params }): Promise<AlarmAnswer> {
        const alarm = await alarmOf(principal.tenant, params['id']!);
        const [notices, orders] = await Promise.all([findNotices(documents, alarm), ordersOf(context, alarm)]);
        return { ...toApi(alarm), notices: notices.map((one) => toApi(one)), workOrderDetails: orders.map((one) => toApi(one)) };
      },
    }),
    ...(['acknowledge', 'close'] as const).map((verb) =>
      route({
        method: 'post', path: `/alarms/{id}/${verb}`, scope: 'operate', status: 202, answer: 'Accepted', summary: verb === 'acknowledge' ? 'Says that somebody looks after it; repeats stop' : 'Closes an alarm by hand',
        body: z.strictObject({ reason: z.string().max(2_000).default('') }),
        async handle({ principal, params, body }) {
          const alarm = await alarmOf(principal.tenant, params['id']!);
          const event = alarmCommandSchema.parse({
            specversion: '1.0',
            id: `${alarm.id}/${verb}/${principal.name}/${clock.now()}`,
            source: '/opsloop/api',
            type: `alarm.${verb}`,
            subject: alarm.id,
            time: new Date(clock.now()).toISOString(),
            datacontenttype: 'application/json',
            data: { tenant: principal.tenant, occurrence: alarm.id, by: principal.name, reason: body.reason },
          });
          await context.bus.publish(topics.alarmCommands.name, [{ key: alarm.id, value: encodeEvent(event) }]);
          return { accepted: true };
        },
      }),
    ),
  ];
}

async function ordersOf({ documents }: ServiceContext, alarm: Alarm): Promise<WorkOrder[]> {
  const orders = documents.collection<WorkOrder>(collections.workOrders);
  return findAll(orders, { tenant: alarm.tenant, alarm: alarm.id }, mostOrders);
}

/** Ids are `tenant/rest`; callers may leave their own tenant out. */
export function fullId(tenant: string, id: string): string {
  return id.startsWith(`${tenant}/`) ? id : `${tenant}/${id}`;
}
