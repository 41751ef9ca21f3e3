import type { DefinitionAnswer } from '@opsloop/contracts';
import { definitionFolders, kindsInOrder, type DefinitionPlan, type ParsedDefinition } from '@opsloop/domain';
import { line, type CliHost, type ExitCode } from '../cli-host.js';
import { formatTable } from '../format-table.js';
import type { FileOptions, Output } from '../options.js';
import type { ApiClient } from '../server/api-client.js';
import { planFiles } from './plan.js';

interface Applied {
  readonly kind: string;
  readonly name: string;
  readonly action: string;
  readonly version?: number;
}

/** Checks everything first, then writes what differs: receivers and playbooks before what names them. */
export async function applyCommand(host: CliHost, { file, output }: FileOptions): Promise<ExitCode> {
  const { api, set, plan } = await planFiles(host, file);
  const results: Applied[] = [];
  try {
    await writeAll(api, set, plan, results);
  } catch (error) {
    // What was written before an error stays written: it is told all the same.
    if (results.length > 0) print(host, output, results);
    throw error;
  }
  print(host, output, results);
  return 0;
}

async function writeAll(api: ApiClient, set: readonly ParsedDefinition[], plan: DefinitionPlan, results: Applied[]): Promise<void> {
  for (const kind of kindsInOrder) {
    for (const [index, item] of plan.items.entries()) {
      if (item.kind !== kind) continue;
      if (item.action === 'unchanged') {
        results.push({ kind, name: item.name, action: 'unchanged' });
        continue;
      }
      const answer = await api.sendText<DefinitionAnswer>('PUT', `${definitionFolders[kind]}/${item.name}`, set[index]!.source);
      results.push({ kind, name: item.name, action: item.action === 'create' ? 'created' : 'changed', version: answer.version });
    }
  }
}

function print(host: CliHost, output: Output, results: readonly Applied[]): void {
  if (output === 'json') host.out(line(JSON.stringify({ items: results }, null, 2)));
  else host.out(formatTable([['RESULT', 'KIND', 'NAME', 'VERSION'], ...results.map(({ action, kind, name, version }) => [action, kind, name, version === undefined ? '' : String(version)])]));
}
