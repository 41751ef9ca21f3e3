import { collections, toApi, type LogAnswer, type RunLog, type WorkOrder } from '@opsloop/contracts';
import { logPrefix } from '@opsloop/domain';
import type { Filter } from '@opsloop/ports';
import type { ServiceContext } from '@opsloop/runtime';
import { z } from 'zod';
import { fullId } from '../alarm/alarm-routes.js';
import { listShape } from '../http/list-query.js';
import { route, type Route } from '../http/route.js';
import { orderOf } from './order-of.js';

const logQuery = z.strictObject({
  ...listShape,
  run: z.string().optional().describe('default: the newest run'),
  target: z.string().optional(),
  job: z.coerce.number().int().min(1).optional().describe('order of the job in its work order'),
  step: z.string().optional(),
  attempt: z.coerce.number().int().min(1).optional(),
  direction: z.enum(['asc', 'desc']).default('asc').describe('desc: the newest of an attempt first'),
});
type LogQuery = z.infer<typeof logQuery>;

/** What steps printed. An attempt that is named in full is read alone; otherwise the whole run is gone through. */
export function logRoute({ documents }: ServiceContext): Route {
  const orders = documents.collection<WorkOrder>(collections.workOrders);
  const logs = documents.collection<RunLog>(collections.runLogs);
  return route({
    method: 'get', path: '/work-orders/{id}/log', scope: 'read', summary: 'What the steps printed, in order', query: logQuery, answer: 'LogAnswer',
    async handle({ principal, params, query }): Promise<LogAnswer> {
      const order = await orderOf(orders, principal.tenant, params['id']!);
      const run = query.run ? fullId(principal.tenant, query.run) : order.doc.run;
      if (!run || !order.doc.runs.includes(run)) return { items: [] };
      const { items, nextCursor } = await logs.find(filterOf(run, query), { sort: { field: 'id', direction: query.direction }, limit: query.limit, ...(query.cursor && { cursor: query.cursor }) });
      return { items: items.flatMap(({ doc }) => (isWanted(doc, query) ? [toApi(doc)] : [])), ...(nextCursor && { nextCursor }) };
    },
  });
}

function filterOf(run: string, { target, job, step, attempt }: LogQuery): Filter {
  if (target === undefined || job === undefined || step === undefined || attempt === undefined) return { run };
  const prefix = logPrefix(run, { target, job, step, attempt });
  // All that begins with the prefix and a slash: 0 is the character behind it.
  return { run, id: { gte: `${prefix}/`, lt: `${prefix}0` } };
}

function isWanted(log: RunLog, query: LogQuery): boolean {
  return (['target', 'job', 'step', 'attempt'] as const).every((key) => query[key] === undefined || query[key] === log[key]);
}
