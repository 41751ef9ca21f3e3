/** OpenAPI 3.1 from the table of routes and the zod schemas of contracts. */
import * as contracts from '@opsloop/contracts';
import { z } from 'zod';
import type { Route } from '../http/route.js';
import { backtestAnswers } from './backtest-answers.js';

type Json = Record<string, unknown>;

const records: Record<string, z.ZodType> = {
  Alarm: contracts.alarmSchema,
  Notice: contracts.noticeSchema,
  WorkOrder: contracts.workOrderSchema,
  Run: contracts.runSchema,
  RunLog: contracts.runLogSchema,
  Token: contracts.tokenSchema.omit({ hash: true }),
  DeadLetter: contracts.deadLetterSchema,
  Resource: contracts.resourceRecordSchema,
  Metric: contracts.metricSchema,
  DefinitionVersion: contracts.definitionVersionSchema,
  Problem: contracts.problemSchema,
};

const text = { type: 'string' };
const number = { type: 'number' };
const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });
const list = (items: Json): Json => ({ type: 'array', items });
const object = (properties: Json, required = Object.keys(properties)): Json => ({ type: 'object', properties, required });
const page = (name: string): Json => object({ items: list(ref(name)), nextCursor: text }, ['items']);
const both = (name: string, more: Json): Json => ({ allOf: [ref(name), more] });
const texts = { type: 'object', additionalProperties: text };

const answers: Record<string, Json> = {
  AlarmPage: page('Alarm'), NoticePage: page('Notice'), WorkOrderPage: page('WorkOrder'), TokenPage: page('Token'), DeadLetterPage: page('DeadLetter'), ResourcePage: page('ResourceAnswer'), MetricPage: page('Metric'), DefinitionPage: page('DefinitionAnswer'),
  ResourceAnswer: both('Resource', object({ level: { type: ['string', 'null'] }, openAlarms: number })),
  AlarmAnswer: both('Alarm', object({ notices: list(ref('Notice')), workOrderDetails: list(ref('WorkOrder')) })),
  WorkOrderAnswer: both('WorkOrder', object({ runDetails: list(ref('Run')) })),
  DefinitionAnswer: both('DefinitionVersion', object({ id: text, kind: text, name: text, deleted: { type: 'boolean' }, managedBy: text, versions: list(ref('DefinitionVersion')), schedule: object({ upcoming: list(text), opened: { type: 'integer' }, missed: { type: 'integer' }, lastAt: text, lastWorkOrder: text, lastProblem: text }, ['upcoming', 'opened', 'missed']) }, ['id', 'kind', 'name', 'managedBy'])),
  LogAnswer: page('RunLog'),
  Me: object({ tenant: text, name: text, scopes: list(text), mail: { enum: ['smtp', 'outbox'] }, windowMs: number, demo: { type: 'boolean' } }),
  NewToken: object({ name: text, secret: text }),
  Accepted: object({ accepted: { const: true } }),
  Simulation: object({ alarmPolicy: text, text }),
  QueryAnswer: object({
    metric: text, unit: text, tier: { enum: [...contracts.tiers] }, stepMs: number,
    series: list(object({ resource: text, resourceName: text, labels: texts, aggregate: text, points: list({ type: 'array', prefixItems: [number, { type: ['number', 'null'] }], minItems: 2, maxItems: 2 }) })),
  }),
  TopAnswer: object({ metric: text, unit: text, tier: { enum: [...contracts.tiers] }, items: list(object({ resource: text, resourceName: text, labels: texts, attributes: texts, value: number })) }),
  Plan: object({ items: list(object({ kind: text, name: text, action: { enum: ['create', 'change', 'unchanged'] }, changes: list({ type: 'object' }) })), errors: list({ type: 'object' }) }),
  TestReport: object({ items: list({ type: 'object' }) }),
  ...backtestAnswers,
};

export function openApiDocument(routes: readonly Route[]): Json {
  const paths: Record<string, Json> = {};
  for (const one of routes) (paths[`/api/v1${one.path}`] ??= {})[one.method] = operationOf(one);
  const schemas = Object.fromEntries(Object.entries(records).map(([name, schema]) => [name, asAnswered(z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }))]));
  return {
    openapi: '3.1.0',
    info: { title: 'Opsloop API', version: '1.0.0', description: 'History, alarms, work orders and definitions. Times are ISO 8601 in UTC; errors are problems of RFC 9457.' },
    servers: [{ url: '/' }],
    security: [{ token: [] }, { session: [] }],
    paths,
    components: {
      schemas: { ...schemas, ...answers },
      securitySchemes: { token: { type: 'http', scheme: 'bearer' }, session: { type: 'apiKey', in: 'cookie', name: 'opsloop_session' } },
    },
  };
}

function operationOf(one: Route): Json {
  const inPath = [...one.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: text }));
  const body = one.textBody
    ? { content: { 'application/yaml': { schema: text }, 'application/json': { schema: { type: 'object' } } }, required: true }
    : one.body && { content: { 'application/json': { schema: z.toJSONSchema(one.body, { io: 'input', unrepresentable: 'any' }) } }, required: true };
  const status = String(one.status ?? (one.answer ? 200 : one.path === '/events' ? 200 : 204));
  const content = one.answer ? { content: { 'application/json': { schema: ref(one.answer) } } } : one.path === '/events' ? { content: { 'text/event-stream': { schema: text } } } : {};
  return {
    summary: one.summary,
    operationId: `${one.method}${one.path.replaceAll(/[{}]/g, '').replaceAll(/[/-](\w)/g, (_, letter: string) => letter.toUpperCase())}`,
    'x-scope': one.scope,
    parameters: [...inPath, ...inQuery(one.query)],
    ...(body && { requestBody: body }),
    responses: { [status]: { description: 'done', ...content }, default: { description: 'a problem', content: { 'application/problem+json': { schema: ref('Problem') } } } },
  };
}

function inQuery(query: z.ZodType | undefined): Json[] {
  if (!query) return [];
  const schema = z.toJSONSchema(query, { io: 'input', unrepresentable: 'any' }) as { properties?: Record<string, Json>; required?: string[]; additionalProperties?: unknown };
  const named = Object.entries(schema.properties ?? {}).map(([name, property]) => ({ name, in: 'query', required: schema.required?.includes(name) ?? false, schema: property, ...(property['description'] !== undefined && { description: property['description'] }) }));
  const open = typeof schema.additionalProperties === 'object' && Object.keys(schema.additionalProperties as object).length > 0;
  return open ? [...named, { name: 'label.*', in: 'query', required: false, schema: text, description: 'label.x=y: a label of the series, or an attribute of its resource' }] : named;
}

/** Record schemas as toApi shows them: `openedAtMs` (number) is `openedAt` (date-time), bookkeeping is left out. */
function asAnswered(schema: unknown): Json {
  if (Array.isArray(schema)) return schema.map(asAnswered) as unknown as Json;
  if (schema === null || typeof schema !== 'object') return schema as Json;
  const { $schema: _schema, properties, required, ...rest } = schema as Json & { properties?: Record<string, Json>; required?: string[] };
  const out: Json = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, asAnswered(value)]));
  if (properties) {
    const shown = Object.entries(properties).flatMap(([name, property]) => {
      const apiName = contracts.apiFieldName(name);
      if (apiName === undefined) return [];
      return [[apiName, apiName === name ? asAnswered(property) : { type: 'string', format: 'date-time', ...(property['description'] !== undefined && { description: property['description'] }) }] as const];
    });
    out['properties'] = Object.fromEntries(shown);
    out['required'] = (required ?? []).map((name) => contracts.apiFieldName(name)).filter((name) => name !== undefined);
  }
  return out;
}
