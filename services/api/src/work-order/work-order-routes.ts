import {
  collections, toApi, workOrderCommandSchema, workOrderRequestSchema, workOrderStateSchema,
  type DefinitionRecord, type Run, type WorkOrder, type WorkOrderAnswer,
} from '@opsloop/contracts';
import { commandWorkOrder, newWorkOrder, type OrderProblem, type Refused } from '@opsloop/domain';
import type { Collection, Filter } from '@opsloop/ports';
import { findAll, type ServiceContext } from '@opsloop/runtime';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { fullId } from '../alarm/alarm-routes.js';
import { ApiError, badRequest } from '../http/api-error.js';
import { listShape, timeRange, timeSchema } from '../http/list-query.js';
import { route, type Route } from '../http/route.js';
import type { ResourceDirectory } from '../measure/resource-directory.js';
import { findOrders } from './find-orders.js';
import { logRoute } from './log-route.js';
import { orderOf } from './order-of.js';

const ordersQuery = z.strictObject({
  ...listShape,
  state: z.string().transform((text) => text.split(',')).pipe(z.array(workOrderStateSchema)).optional().describe('states, separated by commas'),
  alarm: z.string().optional(),
  scenario: z.string().optional(),
  playbook: z.string().optional().describe('name of the playbook of one of its jobs'),
  resource: z.string().optional().describe('id or name of one of its targets'),
  from: timeSchema.optional().describe('created at or after'),
  to: timeSchema.optional().describe('created before'),
});

/** Each may hold a megabyte of results. */
const mostRuns = 20;

const commands = workOrderCommandSchema.options.map((option) => option.shape.command.value);

export function workOrderRoutes(context: ServiceContext, directory: ResourceDirectory): Route[] {
  return [...readRoutes(context, directory), ...changeRoutes(context)];
}

function readRoutes(context: ServiceContext, directory: ResourceDirectory): Route[] {
  const { documents, clock } = context;
  const orders = documents.collection<WorkOrder>(collections.workOrders);
  const runs = documents.collection<Run>(collections.runs);
  return [
    route({
      method: 'get', path: '/work-orders', scope: 'read', summary: 'Work orders, newest first', query: ordersQuery, answer: 'WorkOrderPage',
      async handle({ principal, query }) {
        const filter: Record<string, Filter[string]> = { tenant: principal.tenant };
        if (query.state) filter['state'] = { in: query.state };
        if (query.alarm) filter['alarm'] = fullId(principal.tenant, query.alarm);
        if (query.scenario) filter['scenario'] = query.scenario;
        const created = timeRange(query.from, query.to, clock.now());
        if (created) filter['createdAtMs'] = created;
        const resources = query.resource === undefined ? undefined : (await directory.find(principal.tenant, query.resource)).map((record) => record.resourceId);
        const { items, nextCursor } = await findOrders(orders, { filter, matches: matcher(query.playbook, query.resource, resources), limit: query.limit, cursor: query.cursor });
        return { items: items.map(({ doc }) => toApi(doc)), ...(nextCursor && { nextCursor }) };
      },
    }),
    route({
      method: 'get', path: '/work-orders/{id}', scope: 'read', summary: 'One work order with its newest 20 runs, newest first', answer: 'WorkOrderAnswer',
      async handle({ principal, params }): Promise<WorkOrderAnswer> {
        const order = await orderOf(orders, principal.tenant, params['id']!);
        const newest = await findAll(runs, { tenant: principal.tenant, id: { in: order.doc.runs.slice(-mostRuns) } });
        return { ...toApi(order.doc), runDetails: newest.toSorted((a, b) => b.number - a.number).map((run) => toApi(run)) };
      },
    }),
    logRoute(context),
  ];
}

function changeRoutes(context: ServiceContext): Route[] {
  const { documents, clock } = context;
  const orders = documents.collection<WorkOrder>(collections.workOrders);
  const definitions = documents.collection<DefinitionRecord>(collections.definitions);
  return [
    route({
      method: 'post', path: '/work-orders', scope: 'operate', status: 201, summary: 'Requests work: targets, and playbooks with their inputs', body: workOrderRequestSchema, answer: 'WorkOrder',
      async handle({ principal, body }) {
        const playbooks = await Promise.all(body.jobs.map((job) => playbookOf(definitions, principal.tenant, job)));
        const made = newWorkOrder({ id: `${principal.tenant}/${randomUUID()}`, tenant: principal.tenant, requester: principal.name, request: body, playbooks, nowMs: clock.now() });
        const problems = [...('problems' in made ? made.problems : []), ...(await receiverProblems(definitions, principal.tenant, body.receivers))];
        if ('problems' in made || problems.length > 0) throw badRequest('The work order cannot be opened.', problems.map(({ at, message }) => ({ at, message })));
        const stored = await orders.insert(made.order);
        if (stored === 'exists') throw new ApiError(500, 'Internal error', 'The new id was taken.');
        return toApi(stored.doc);
      },
    }),
    ...commands.map((command) =>
      route({
        method: 'post', path: `/work-orders/{id}/${command}`, scope: command === 'approve' || command === 'reject' ? 'approve' : 'operate', summary: `Asks of a work order: ${command}`, answer: 'WorkOrder',
        body: z.looseObject({}),
        async handle({ principal, params, body }) {
          const asked = workOrderCommandSchema.safeParse({ ...body, command });
          if (!asked.success) throw badRequest('There is something wrong with the body.', asked.error.issues.map((issue) => ({ at: issue.path.join('.'), message: issue.message })));
          for (;;) {
            const { doc, version } = await orderOf(orders, principal.tenant, params['id']!);
            const moved = commandWorkOrder(doc, asked.data, { role: 'person', name: principal.name, scopes: principal.scopes }, { nowMs: clock.now(), version });
            if ('refused' in moved) throw refusal(moved);
            // A lease stays with its holder: the executor that runs this order must not lose it to a wish.
            const stored = await orders.replace(moved.order, version, { keepLease: true });
            if (stored !== 'conflict') return toApi(stored.doc);
          }
        },
      }),
    ),
  ];
}

/** Undefined: no such filter. A target is known by the resource that it names, else by its own id or name. */
function matcher(playbook: string | undefined, idOrName: string | undefined, resources: readonly string[] = []): ((order: WorkOrder) => boolean) | undefined {
  if (playbook === undefined && idOrName === undefined) return undefined;
  const isTarget = ({ id, name, resource }: WorkOrder['targets'][number]): boolean => (resource === undefined ? id === idOrName || name === idOrName : resource === idOrName || resources.includes(resource));
  return ({ jobs, targets }) => (playbook === undefined || jobs.some((job) => job.playbook === playbook)) && (idOrName === undefined || targets.some(isTarget));
}

/** Receivers that are asked for and not defined: nobody would be told. */
async function receiverProblems(definitions: Collection<DefinitionRecord>, tenant: string, names: readonly string[]): Promise<OrderProblem[]> {
  const stored = await Promise.all(names.map((name) => definitions.get(`${tenant}/Receiver/${name}`)));
  return stored.flatMap((one, index) => (one && !one.doc.deleted ? [] : [{ at: `receivers.${index}`, message: `there is no receiver named ${names[index]}: apply it first` }]));
}

/** The playbook that a job names, in the version that it asks for, else in the newest. */
async function playbookOf(definitions: Collection<DefinitionRecord>, tenant: string, { playbook: name, playbookVersion }: { playbook: string; playbookVersion?: number | undefined }) {
  const stored = await definitions.get(`${tenant}/Playbook/${name}`);
  if (!stored || stored.doc.deleted) return undefined;
  const version = playbookVersion === undefined ? stored.doc.versions.at(-1) : stored.doc.versions.find((one) => one.version === playbookVersion);
  return version?.definition?.kind === 'Playbook' ? { playbook: version.definition, playbookVersion: version.version } : undefined;
}

function refusal({ refused, reason }: Refused): ApiError {
  if (refused === 'forbidden') return new ApiError(403, 'Not allowed', reason);
  return refused === 'input' ? badRequest(reason) : new ApiError(409, 'Conflict', reason);
}
