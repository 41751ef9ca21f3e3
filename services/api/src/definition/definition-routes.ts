import { collections, toApi, type DefinitionAnswer, type DefinitionRecord, type DefinitionVersion, type Kind } from '@opsloop/contracts';
import { checkReferences, knownNames, parseDefinitions, planDefinitions, testPolicies } from '@opsloop/domain';
import type { ServiceContext } from '@opsloop/runtime';
import { z } from 'zod';
import { badRequest, notFound } from '../http/api-error.js';
import { listShape } from '../http/list-query.js';
import { route, type Route } from '../http/route.js';
import type { ResourceDirectory } from '../measure/resource-directory.js';
import { backtestRoute } from './backtest-route.js';
import type { DefinitionStore } from './definition-store.js';
import { forecastScoreRoute } from './forecast-score-route.js';
import { readBody, toProblemError } from './read-body.js';
import { createScheduleFacts } from './schedule-facts.js';

const paths: readonly { readonly kind: Kind; readonly path: string; readonly singular: string }[] = [
  { kind: 'Policy', path: '/policies', singular: 'policy' },
  { kind: 'Scenario', path: '/scenarios', singular: 'scenario' },
  { kind: 'Playbook', path: '/playbooks', singular: 'playbook' },
  { kind: 'Receiver', path: '/receivers', singular: 'receiver' },
  { kind: 'Schedule', path: '/schedules', singular: 'schedule' },
];

/** Playbooks and receivers run commands and reach people, so changing them needs admin. */
const writeScope = { Policy: 'operate', Scenario: 'operate', Playbook: 'admin', Receiver: 'admin', Schedule: 'operate' } as const;

export function definitionRoutes(context: ServiceContext, store: DefinitionStore, directory: ResourceDirectory): Route[] {
  return [...paths.flatMap((one) => kindRoutes(context, store, one)), ...policyToolRoutes(context, store, directory)];
}

function kindRoutes({ documents, settings, clock }: ServiceContext, store: DefinitionStore, { kind, path, singular }: (typeof paths)[number]): Route[] {
  const definitions = documents.collection<DefinitionRecord>(collections.definitions);
  const scheduleOf = createScheduleFacts({ documents, clock });

  async function answerOf(record: DefinitionRecord): Promise<DefinitionAnswer> {
    const schedule = await scheduleOf(record);
    return { ...toAnswer(record), ...(schedule && { schedule }) };
  }

  return [
    route({
      method: 'get', path, scope: 'read', summary: `${kind} definitions in force`, query: z.strictObject(listShape), answer: 'DefinitionPage',
      async handle({ principal, query }) {
        const { items, nextCursor } = await definitions.find({ tenant: principal.tenant, kind }, { limit: query.limit, ...(query.cursor && { cursor: query.cursor }) });
        return { items: await Promise.all(items.filter(({ doc }) => !doc.deleted).map(({ doc }) => answerOf(doc))), ...(nextCursor && { nextCursor }) };
      },
    }),
    route({
      method: 'get', path: `${path}/{name}`, scope: 'read', summary: `One ${singular} with its kept versions`, answer: 'DefinitionAnswer',
      async handle({ principal, params }) {
        const stored = await definitions.get(`${principal.tenant}/${kind}/${params['name']!}`);
        if (!stored || stored.doc.deleted) throw notFound(singular, params['name']!);
        return { ...(await answerOf(stored.doc)), versions: stored.doc.versions.map((version) => toApi(version)) };
      },
    }),
    route({
      method: 'put', path: `${path}/{name}`, scope: writeScope[kind], summary: `Creates or changes a ${singular}; YAML or JSON`, textBody: true, answer: 'DefinitionAnswer',
      query: z.strictObject({ version: z.coerce.number().int().min(0).optional().describe('the version that was edited, 0 for a new one: refused where another has come into force meanwhile') }),
      async handle({ principal, params, query, body }) {
        const [only, ...more] = readBody(body, settings.WINDOW_MS);
        if (!only || more.length > 0) throw badRequest(`Exactly one ${singular} is expected here; the body holds ${more.length + 1}.`);
        const { definition } = only;
        if (definition.kind !== kind) throw badRequest(`A ${kind} is expected here, the body is a ${definition.kind}: send it to ${paths.find((other) => other.kind === definition.kind)!.path}.`);
        if (definition.metadata.name !== params['name']) throw badRequest(`The address says ${params['name']!}, the body ${definition.metadata.name}: make them the same.`);
        const { errors } = checkReferences([only], knownNames(await store.all(principal.tenant)));
        if (errors.length > 0) throw badRequest('The definition names what is not there.', errors.map(toProblemError));
        return answerOf(await store.apply(principal.tenant, { definition, source: only.source, author: principal.name, managedBy: 'api', editedVersion: query.version }));
      },
    }),
    route({
      method: 'delete', path: `${path}/{name}`, scope: writeScope[kind], summary: `Deletes a ${singular}, unless others name it; its versions stay readable`,
      query: z.strictObject({ force: z.enum(['true', 'false']).default('false').describe('true: also when other definitions name it') }),
      async handle({ principal, params, query }) {
        await store.remove(principal.tenant, kind, params['name']!, { author: principal.name, managedBy: 'api', force: query.force === 'true' });
        return undefined;
      },
    }),
  ];
}

function policyToolRoutes(context: ServiceContext, store: DefinitionStore, directory: ResourceDirectory): Route[] {
  const baseWindowMs = context.settings.WINDOW_MS;
  return [
    route({
      method: 'post', path: '/policies/plan', scope: 'read', summary: 'What applying these definitions would change', textBody: true, answer: 'Plan',
      async handle({ principal, body }) {
        const parsed = parseDefinitions(body as string, { baseWindowMs });
        const plan = planDefinitions(await store.all(principal.tenant), parsed.definitions);
        return { items: plan.items, errors: [...parsed.errors, ...plan.errors], warnings: [...parsed.warnings, ...plan.warnings] };
      },
    }),
    route({
      method: 'post', path: '/policies/test', scope: 'read', summary: 'Runs the unit tests in these policy files', textBody: true, answer: 'TestReport',
      async handle({ body }) {
        return { items: testPolicies(readBody(body, baseWindowMs).map((one) => one.definition), { baseWindowMs }) };
      },
    }),
    backtestRoute(context, store, directory),
    forecastScoreRoute(context),
  ];
}

function toAnswer(record: DefinitionRecord): DefinitionAnswer {
  const { versions, ...rest } = record;
  const newest: DefinitionVersion = versions.at(-1)!;
  return { ...toApi(rest), ...toApi(newest) };
}
