import type { DefinitionAnswer } from '@opsloop/contracts';
import { definitionFolders, kindsInOrder } from '@opsloop/domain';
import { line, type CliHost, type ExitCode } from '../cli-host.js';
import { formatTable } from '../format-table.js';
import type { FileOptions } from '../options.js';
import { planFiles } from './plan.js';

/** Checks everything first, then writes what differs: receivers and playbooks before what names them. */
export async function applyCommand(host: CliHost, { file, output }: FileOptions): Promise<ExitCode> {
  const { api, set, plan } = await planFiles(host, file);
  const results: { kind: string; name: string; action: string; version?: number }[] = [];
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
  if (output === 'json') host.out(line(JSON.stringify({ items: results }, null, 2)));
  else host.out(formatTable([['RESULT', 'KIND', 'NAME', 'VERSION'], ...results.map(({ action, kind, name, version }) => [action, kind, name, version === undefined ? '' : String(version)])]));
  return 0;
}
