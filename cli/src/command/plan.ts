import { planDefinitions, type DefinitionPlan, type ParsedDefinition } from '@opsloop/domain';
import { line, type CliHost, type ExitCode } from '../cli-host.js';
import { formatTable } from '../format-table.js';
import { readDefinitionFiles, refuse, warn } from '../read-definition-files.js';
import type { FileOptions } from '../options.js';
import { openApi, type ApiClient } from '../server/api-client.js';
import { baseWindowOf, listDefinitions, toStored } from '../server/server-definitions.js';

export interface FilePlan {
  readonly api: ApiClient;
  readonly set: readonly ParsedDefinition[];
  readonly plan: DefinitionPlan;
  /** `Kind name` of what the server has and the files do not: apply leaves it alone. */
  readonly onlyOnServer: readonly string[];
}

/** Reads the files and compares them with the server; whatever is wrong with them ends the command. */
export async function planFiles(host: CliHost, paths: readonly string[]): Promise<FilePlan> {
  const api = await openApi(host);
  const set = await readDefinitionFiles(host, paths, await baseWindowOf(api));
  const stored = await listDefinitions(api);
  const plan = planDefinitions(stored.map(toStored), set);
  warn(host, plan.warnings);
  refuse(plan.errors);
  const inFiles = new Set(plan.items.map(({ kind, name }) => `${kind} ${name}`));
  return { api, set, plan, onlyOnServer: stored.map(({ kind, name }) => `${kind} ${name}`).filter((one) => !inFiles.has(one)) };
}

export async function planCommand(host: CliHost, { file, output }: FileOptions): Promise<ExitCode> {
  const { plan, onlyOnServer } = await planFiles(host, file);
  const differing = plan.items.filter((item) => item.action !== 'unchanged');
  if (output === 'json') {
    host.out(line(JSON.stringify({ items: plan.items, onlyOnServer }, null, 2)));
  } else {
    const rows = plan.items.map(({ kind, name, action, changes }) => [action, kind, name, action === 'change' ? changes.map(({ path }) => path).join(', ') : '']);
    host.out(formatTable([['ACTION', 'KIND', 'NAME', 'FIELDS'], ...rows]));
    const created = differing.filter((item) => item.action === 'create').length;
    host.out(line(`${created} to create, ${differing.length - created} to change, ${plan.items.length - differing.length} unchanged`));
    if (onlyOnServer.length > 0) host.out(line(`only on the server, left alone: ${onlyOnServer.join(', ')}`));
  }
  return differing.length > 0 ? 1 : 0;
}
