import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { toApi, type Api, type Policy } from '@opsloop/contracts';
import { compilePolicy, identifyResource, reportBacktest, windowsOfSamples, type BacktestReport, type ParsedDefinition } from '@opsloop/domain';
import { printBacktest } from '../backtest/print-backtest.js';
import { CliError, line, type CliHost, type ExitCode } from '../cli-host.js';
import type { FileOptions } from '../options.js';
import { localWindowOf } from '../local-window.js';
import { readDefinitionFiles } from '../read-definition-files.js';
import { parseCsv, parseTimestamp, type CsvRow } from '../replay/parse-csv.js';
import { openApi } from '../server/api-client.js';
import { readLabels } from '../backtest/read-labels.js';

const graceMs = 2_000;
const tenant = 'default';
const csvHost = 'csv';
/** A backtest over much history takes as long as it takes. */
const timeoutMs = 600_000;

export interface BacktestOptions extends FileOptions {
  readonly csv?: string;
  readonly host?: string;
  readonly label: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly before?: string;
  readonly suggest?: string | true;
  readonly labels?: string;
}

/** Over a CSV without a server, over the server's history else. */
export async function backtestCommand(host: CliHost, options: BacktestOptions): Promise<ExitCode> {
  const baseWindowMs = localWindowOf(host);
  const set = await readDefinitionFiles(host, options.file, baseWindowMs);
  if (!set.some(({ definition }) => definition.kind === 'Policy')) throw new CliError(`there is no policy in ${options.file.join(', ')}`);
  const items = options.csv === undefined ? await onServer(host, set, options) : await onCsv(host, set, options, baseWindowMs);
  if (options.output === 'json') host.out(line(JSON.stringify({ items }, null, 2)));
  else for (const item of items) printBacktest(host, item);
  return 0;
}

async function onServer(host: CliHost, set: readonly ParsedDefinition[], options: BacktestOptions): Promise<Api<BacktestReport>[]> {
  if (options.before !== undefined) throw new CliError('--before is for a CSV: on a server the version in force is compared with');
  if (options.host !== undefined || options.label.length > 0) throw new CliError("--host and --label are for a CSV: on a server every series that the policies' targets match is judged");
  const api = await openApi(host);
  const labelled = await readLabels(host, options.labels);
  const query = new URLSearchParams();
  if (options.from !== undefined) query.set('from', options.from);
  if (options.to !== undefined) query.set('to', options.to);
  if (options.suggest !== undefined) query.set('suggest', options.suggest === true ? 'auto' : options.suggest);
  if (labelled) query.set('labels', labelled.map(({ fromMs, toMs }) => `${fromMs}/${toMs}`).join(','));
  const text = set.map(({ definition }) => JSON.stringify(definition)).join('\n---\n');
  const { items } = await api.sendText<{ items: Api<BacktestReport>[] }>('POST', `policies/backtest?${query.toString()}`, text, timeoutMs);
  return items;
}

async function onCsv(host: CliHost, set: readonly ParsedDefinition[], options: BacktestOptions, baseWindowMs: number): Promise<Api<BacktestReport>[]> {
  const path = resolve(host.workingDir, options.csv!);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CliError(`${options.csv!} cannot be read (${error.code ?? error.message})`);
  });
  const rows = parseCsv(text, options.csv!);
  const fromMs = timeOf(options.from, '--from') ?? rows[0]!.timeMs;
  const toMs = timeOf(options.to, '--to') ?? rows.at(-1)!.timeMs + baseWindowMs;
  if (toMs <= fromMs) throw new CliError('--to must be later than --from');
  const labelled = await readLabels(host, options.labels);
  const before = options.before === undefined ? [] : await readDefinitionFiles(host, [options.before], baseWindowMs);
  const names = namesOf(before);
  if (options.before !== undefined && !namesOf(set).some((name) => names.includes(name))) throw new CliError(`${options.before} has ${names.length === 0 ? 'no policy' : `the policies ${names.join(', ')}`}, and ${options.file.join(', ')} has ${namesOf(set).join(', ')}: versions are compared by name`);
  const suggest = options.suggest === true ? 'auto' : options.suggest?.split(',').map(limitOf);
  const definitions = set.map(({ definition }) => definition);
  const policies = definitions.filter((one): one is Policy => one.kind === 'Policy');
  return policies.map((policy) => {
    const series = [seriesOf(policy, rows.filter((row) => row.timeMs < toMs), options, baseWindowMs)];
    const other = before.map(({ definition }) => definition).find((one): one is Policy => one.kind === 'Policy' && one.metadata.name === policy.metadata.name);
    const work = reportBacktest({ policy, definitions, tenant, series, fromMs, toMs, graceMs, idleMs: 3 * baseWindowMs, ...(labelled && { labelled }) }, { before: other, suggest });
    let step = work.next();
    while (!step.done) step = work.next();
    return toApi(step.value);
  });
}

function namesOf(set: readonly ParsedDefinition[]): readonly string[] {
  return set.flatMap(({ definition }) => (definition.kind === 'Policy' ? [definition.metadata.name] : []));
}

/** The rows as the one series that the policy reads, on a host that meets its target. */
function seriesOf(policy: Policy, rows: readonly CsvRow[], options: BacktestOptions, widthMs: number) {
  const { inputs } = compilePolicy(policy, { tenant, version: 1 });
  const metrics = new Set(inputs.map((input) => input.metric));
  if (metrics.size > 1) throw new CliError(`policy ${policy.metadata.name} reads ${[...metrics].join(', ')}, and a CSV is one series: use --from and --to on a server that has them`);
  const tags = new Map([['host', options.host ?? csvHost], ...options.label.map(tagOf)]);
  const { resource, attributes, labels } = identifyResource(tenant, 'csv', tags);
  const wanted = Object.entries(policy.spec.target.match ?? {}).filter(([key]) => !tags.has(key));
  const met = Object.fromEntries(wanted.map(([key, values]) => [key, typeof values === 'string' ? values : values[0]!]));
  return windowsOfSamples({ resource, attributes: { ...attributes, ...met }, metric: inputs[0]!.metric, labels, widthMs }, rows);
}

function tagOf(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new CliError(`--label ${text} is not a label: write name=value`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function limitOf(text: string): number {
  const limit = Number(text);
  if (text.trim() === '' || !Number.isFinite(limit)) throw new CliError(`--suggest ${text} is not a number: write limits such as 70,80,90`);
  return limit;
}

function timeOf(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseTimestamp(text);
  if (ms === undefined) throw new CliError(`${option} ${text} is not a time: write 2014-02-14 14:30:00 (UTC), ISO 8601, or seconds or milliseconds since the epoch`);
  return ms;
}
