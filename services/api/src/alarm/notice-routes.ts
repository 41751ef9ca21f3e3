import { collections, noticeStates, toApi, type Notice } from '@opsloop/contracts';
import type { ServiceContext } from '@opsloop/runtime';
import { z } from 'zod';
import { notFound } from '../http/api-error.js';
import { listShape } from '../http/list-query.js';
import { route, type Route } from '../http/route.js';
import { fullId } from './alarm-routes.js';

export function noticeRoutes({ documents }: ServiceContext): Route[] {
  const notices = documents.collection<Notice>(collections.notices);
  return [
    route({
      method: 'get', path: '/notices', scope: 'read', summary: 'What was sent to whom, newest first', query: z.strictObject({ ...listShape, state: z.enum(noticeStates).optional() }), answer: 'NoticePage',
      async handle({ principal, query }) {
        const filter = { tenant: principal.tenant, ...(query.state && { state: query.state }) };
        const { items, nextCursor } = await notices.find(filter, { sort: { field: 'createdAtMs', direction: 'desc' }, limit: query.limit, ...(query.cursor && { cursor: query.cursor }) });
        return { items: items.map(({ doc }) => toApi(doc)), ...(nextCursor && { nextCursor }) };
      },
    }),
    route({
      method: 'get', path: '/notices/{id}', scope: 'read', summary: 'One notice with each attempt', answer: 'Notice',
      async handle({ principal, params }) {
        const stored = await notices.get(fullId(principal.tenant, params['id']!));
        if (!stored) throw notFound('notice', params['id']!);
        return toApi(stored.doc);
      },
    }),
  ];
}
