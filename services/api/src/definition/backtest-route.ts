import { toApi, type BacktestAnswer, type Definition, type DefinitionRecord, type Policy } from '@opsloop/contracts';
import { compilePolicy, diffDefinitions, mayMatchResource, readStoredDefinition, reportBacktest, type BacktestReport, type CompiledPolicy, type HistorySeriesData, type LabelledWindow } from '@opsloop/domain';
import { EngineError } from '@opsloop/ports';
import type { ServiceContext } from '@opsloop/runtime';
import { z } from 'zod';
import { badRequest } from '../http/api-error.js';
import { readTime, timeSchema } from '../http/list-query.js';
import { route, type Route } from '../http/route.js';
import { planTiers } from '../measure/choose-tier.js';
import { readHistory } from '../measure/read-history.js';
import type { ResourceDirectory } from '../measure/resource-directory.js';
import type { DefinitionStore } from './definition-store.js';
import { readBody } from './read-body.js';

const mostPolicies = 20;
/** How long others wait at most for a turn of a backtest. */
const turnMs = 10;

const querySchema = z.strictObject({
  from: timeSchema.default('-7d'),
  to: timeSchema.default('now'),
  suggest: z.string().regex(/^(auto|-?[\d.]+(e-?\d+)?(,-?[\d.]+(e-?\d+)?)*)$/i, { error: 'is auto, or limits such as 70,80,90' }).optional().describe('what other limits would have meant: auto, or limits such as 70,80,90'),
  labels: z.string().max(20_000).optional().describe('times in which something was wrong, from/to separated by commas: 2026-01-01T00:00Z/2026-01-01T01:00Z'),
  draw: z.coerce.number().int().min(1).max(50).optional().describe('how many of the series that were judged are told, those with alarms first: for a chart'),
  compare: z.enum(['stored', 'none']).default('stored').describe('stored: with the version in force, where it differs'),
});
type BacktestQuery = z.infer<typeof querySchema>;

export function backtestRoute(context: ServiceContext, store: DefinitionStore, directory: ResourceDirectory): Route {
  const { settings, clock } = context;
  return route({
    method: 'post', path: '/policies/backtest', scope: 'read', textBody: true, answer: 'BacktestAnswer', query: querySchema,
    summary: 'What these policies would have done: alarms, pages and work orders over history, through the code that judges live windows',
    async handle({ principal, query, body }) {
      const { tenant } = principal;
      const given = readBody(body, settings.WINDOW_MS).map((one) => one.definition);
      const policies = given.filter((one): one is Policy => one.kind === 'Policy');
      if (policies.length === 0) throw badRequest('The body holds no policy: a backtest needs at least one.');
      if (policies.length > mostPolicies) throw badRequest(`The body holds ${policies.length} policies, ${mostPolicies} are allowed at once.`);
      const nowMs = clock.now();
      const [fromMs, toMs] = [readTime(query.from, nowMs)!, Math.min(nowMs, readTime(query.to, nowMs)!)];
      if (toMs <= fromMs) throw badRequest('"to" must be later than "from".');
      const stored = (await store.all(tenant)).filter((record) => !record.deleted);
      const definitions = [...given, ...stored.flatMap((record) => newestOf(record) ?? []).filter((one) => !given.some((other) => other.kind === one.kind && other.metadata.name === one.metadata.name))];
      const items: BacktestReport[] = [];
      for (const policy of policies) {
        const series = await readSeries(context, directory, tenant, compilePolicy(policy, { tenant, version: 1 }), { fromMs, toMs });
        const options = { policy, definitions, tenant, series, fromMs, toMs, graceMs: settings.GRACE_MS, idleMs: settings.IDLE_MS ?? 3 * settings.WINDOW_MS, ...labelledOf(query) };
        const before = beforeOf(policy, stored, query);
        const beforeSeries = before && !readsTheSame(before, policy) ? await readSeries(context, directory, tenant, compilePolicy(before, { tenant, version: 1 }), { fromMs, toMs }) : undefined;
        items.push(await inTurns(reportBacktest(options, { before, beforeSeries, suggest: suggestOf(query), draw: query.draw })));
      }
      const answer: BacktestAnswer = { items: items.map((item) => toApi(item)) };
      return answer;
    },
  });
}

function newestOf(record: DefinitionRecord): Definition | undefined {
  return readStoredDefinition(record.versions.at(-1)?.definition);
}

/** The version that is stored, where the one that is tried differs from it. */
function beforeOf(policy: Policy, stored: readonly DefinitionRecord[], { compare }: BacktestQuery): Policy | undefined {
  const record = compare === 'stored' ? stored.find((one) => one.kind === 'Policy' && one.name === policy.metadata.name) : undefined;
  const before = record && newestOf(record);
  return before?.kind === 'Policy' && diffDefinitions(before, policy).length > 0 ? before : undefined;
}

/** The history of one is that of the other: as wide, as long, of the same series. */
function readsTheSame(before: Policy, policy: Policy): boolean {
  const reads = ({ spec: { metric, kind, window, target, noData, ratio, composite, absence, rate, change, forecast, log } }: Policy): string => JSON.stringify([metric, kind, window, target, noData, ratio, composite, absence, rate, change, forecast?.within, log]);
  return reads(before) === reads(policy);
}

function suggestOf({ suggest }: BacktestQuery): 'auto' | number[] | undefined {
  return suggest === undefined || suggest === 'auto' ? suggest : suggest.split(',').map(Number);
}

function labelledOf({ labels }: BacktestQuery): { labelled?: LabelledWindow[] } {
  if (labels === undefined) return {};
  const labelled = labels.split(',').map((text): LabelledWindow => {
    const [from, to] = text.split('/').map((one) => readTime(one.trim(), 0));
    if (from === undefined || to === undefined || to < from) throw badRequest(`"${text}" in labels is not a stretch of time: write from/to, for example 2026-01-01T00:00Z/2026-01-01T01:00Z.`);
    return { fromMs: from, toMs: to };
  });
  return { labelled };
}

/** History of everything that the policy reads, as wide as its windows, from as far back as its memory reaches. */
async function readSeries({ metricStore, settings, clock }: ServiceContext, directory: ResourceDirectory, tenant: string, policy: CompiledPolicy, range: { readonly fromMs: number; readonly toMs: number }): Promise<HistorySeriesData[]> {
  // What silence decides is exact only by base windows.
  const wantedMs = policy.condition?.silences || policy.noData !== 'keep-last' ? settings.WINDOW_MS : policy.windowMs;
  const fromMs = Math.floor((range.fromMs - policy.historyMs) / policy.windowMs) * policy.windowMs;
  const { segments, stepMs } = planTiers(settings, { fromMs, toMs: range.toMs, stepMs: wantedMs }, clock.now());
  if (policy.windowMs % stepMs !== 0) throw badRequest(`Policy ${policy.name} judges windows of ${policy.windowMs / 1000} s, and history that far back is kept in windows of ${stepMs / 1000} s: choose a later "from".`);
  const records = [...(await directory.all(tenant)).values()].map((record) => ({ record, resource: { id: record.resourceId, tenant, provider: record.provider, region: record.region, kind: record.kind, uid: record.uid } }));
  const wanted = new Map(records.filter(({ record, resource }) => mayMatchResource(policy, resource, record.attributes)).map((one) => [one.resource.id, one]));
  const series: HistorySeriesData[] = [];
  for (const metric of new Set(policy.inputs.map((input) => input.metric))) {
    const selector = { tenant, metric, ...(policy.match.length > 0 && { resources: [...wanted.keys()] }) };
    const found = await readHistory(metricStore, [selector], { tier: 'base', stepMs, segments }).catch((error: unknown) => {
      if (error instanceof EngineError && !error.retryable) throw badRequest(`Too much history for one backtest: ${error.message}. Choose a shorter time, or a narrower target.`);
      throw error;
    });
    for (const { resource, labels, buckets } of found) {
      const known = wanted.get(resource);
      if (known) series.push({ resource: known.resource, attributes: known.record.attributes, metric, labels, widthMs: stepMs, ...buckets });
    }
  }
  return series;
}

/** Runs work to its end, with pauses in which others are served. */
async function inTurns<T>(work: Generator<undefined, T>): Promise<T> {
  let turnEndsMs = performance.now() + turnMs;
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    if (performance.now() < turnEndsMs) continue;
    await new Promise((resolve) => setImmediate(resolve));
    turnEndsMs = performance.now() + turnMs;
  }
}
