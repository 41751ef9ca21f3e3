import { collections, toApi, type DefinitionAnswer, type DefinitionRecord, type DefinitionVersion, type Kind } from '@opsloop/contracts';
import { parseDefinitions, planDefinitions, testPolicies } from '@opsloop/domain';
import type { ServiceContext } from '@opsloop/runtime';
import { z } from 'zod';
import { badRequest, notFound } from '../http/api-error.js';
import { listShape } from '../http/list-query.js';
import { route, type Route } from '../http/route.js';
import type { DefinitionStore } from './definition-store.js';

const paths: readonly { readonly kind: Kind; readonly path: string; readonly singular: string }[] = [
  { kind: 'Policy', path: '/policies', singular: 'policy' },
  { kind: 'Scenario', path: '/scenarios', singular: 'scenario' },
  { kind: 'Playbook', path: '/playbooks', singular: 'playbook' },
  { kind: 'Receiver', path: '/receivers', singular: 'receiver' },
];

/** Playbooks and receivers run commands and reach people, so changing them needs admin. */
const writeScope = { Policy: 'operate', Scenario: 'operate', Playbook: 'admin', Receiver: 'admin' } as const;

export function definitionRoutes(context: ServiceContext, store: DefinitionStore): Route[] {
  return [...paths.flatMap((one) => kindRoutes(context, store, one)), ...policyToolRoutes(context, store)];
}

function kindRoutes({ documents }: ServiceContext, store: DefinitionStore, { kind, path, singular }: (typeof paths)[number]): Route[] {
  const definitions = documents.collection<DefinitionRecord>(collections.definitions);
  return [
    route({
      method: 'get', path, scope: 'read', summary: `${kind} definitions in force`, query: z.strictObject(listShape), answer: 'DefinitionPage',
      async handle({ principal, query }) {
        const { items, nextCursor } = await definitions.find({ tenant: principal.tenant, kind }, { limit: query.limit, ...(query.cursor && { cursor: query.cursor }) });
        return { items: items.filter(({ doc }) => !doc.deleted).map(({ doc }) => toAnswer(doc)), ...(nextCursor && { nextCursor }) };
      },
    }),
    route({
      method: 'get', path: `${path}/{name}`, scope: 'read', summary: `One ${singular} with its kept versions`, answer: 'DefinitionAnswer',
      async handle({ principal, params }) {
        const stored = await definitions.get(`${principal.tenant}/${kind}/${params['name']!}`);
        if (!stored || stored.doc.deleted) throw notFound(singular, params['name']!);
        return { ...toAnswer(stored.doc), versions: stored.doc.versions.map((version) => toApi(version)) };
      },
    }),
    route({
      method: 'put', path: `${path}/{name}`, scope: writeScope[kind], summary: `Creates or changes a ${singular}; YAML or JSON`, textBody: true, answer: 'DefinitionAnswer',
      async handle({ principal, params, body }) {
        const parsed = parseDefinitions(body as string, { file: 'body' });
        if ('errors' in parsed) throw badRequest('The definition cannot be used.', parsed.errors.map(toProblemError));
        const [only, ...more] = parsed.definitions;
        if (!only || more.length > 0) throw badRequest(`Exactly one ${singular} is expected here; the body holds ${parsed.definitions.length}.`);
        const { definition } = only;
        if (definition.kind !== kind) throw badRequest(`A ${kind} is expected here, the body is a ${definition.kind}: send it to ${paths.find((other) => other.kind === definition.kind)!.path}.`);
        if (definition.metadata.name !== params['name']) throw badRequest(`The address says ${params['name']!}, the body ${definition.metadata.name}: make them the same.`);
        return toAnswer(await store.apply(principal.tenant, { definition, source: only.source, author: principal.name, managedBy: 'api' }));
      },
    }),
    route({
      method: 'delete', path: `${path}/{name}`, scope: writeScope[kind], summary: `Deletes a ${singular}; its versions stay readable`,
      async handle({ principal, params }) {
        await store.remove(principal.tenant, kind, params['name']!, principal.name);
        return undefined;
      },
    }),
  ];
}

function policyToolRoutes(context: ServiceContext, store: DefinitionStore): Route[] {
  return [
    route({
      method: 'post', path: '/policies/plan', scope: 'read', summary: 'What applying these definitions would change', textBody: true, answer: 'Plan',
      async handle({ principal, body }) {
        const parsed = parseDefinitions(body as string, { file: 'body' });
        if ('errors' in parsed) return { items: [], errors: parsed.errors };
        const current = await store.all(principal.tenant);
        return { ...planDefinitions(current, parsed.definitions, { windowMs: context.settings.WINDOW_MS }), errors: [] };
      },
    }),
    route({
      method: 'post', path: '/policies/test', scope: 'read', summary: 'Runs the unit tests in these policy files', textBody: true, answer: 'TestReport',
      async handle({ body }) {
        const parsed = parseDefinitions(body as string, { file: 'body' });
        if ('errors' in parsed) throw badRequest('The definition cannot be used.', parsed.errors.map(toProblemError));
        return { items: testPolicies(parsed.definitions.map((one) => one.definition), { windowMs: context.settings.WINDOW_MS }) };
      },
    }),
    route({
      method: 'post', path: '/policies/backtest', scope: 'read', summary: 'Not available yet', textBody: true,
      async handle() {
        throw badRequest('Backtests are not available yet.');
      },
    }),
  ];
}

function toAnswer(record: DefinitionRecord): DefinitionAnswer {
  const { versions, ...rest } = record;
  const newest: DefinitionVersion = versions.at(-1)!;
  return { ...toApi(rest), ...toApi(newest) };
}

function toProblemError(error: { line: number; column: number; path: string; message: string }): { at: string; message: string } {
  return { at: `line ${error.line}${error.path ? `, ${error.path}` : ''}`, message: error.message };
}
