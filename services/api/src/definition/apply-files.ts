import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DefinitionRecord } from '@opsloop/contracts';
import { checkReferences, formatIssue, knownNames, parseDefinitions, type DefinitionIssue, type ParsedDefinition } from '@opsloop/domain';
import type { DefinitionStore } from './definition-store.js';

/** Who wrote the versions that came from the folder: only those are deleted with their file. */
const fileAuthor = 'file';
const ending = /\.(ya?ml|json)$/;

/**
 * Applies every definition file of a folder (not its subfolders) and marks it as managed by file; what was managed by
 * file and is no longer there is deleted. One wrong file stops everything: half a set of policies is worse than none.
 */
export async function applyDefinitionFiles(store: DefinitionStore, tenant: string, folder: string, baseWindowMs: number): Promise<{ readonly applied: number; readonly removed: number }> {
  const names = (await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`OPSLOOP_POLICY_DIR: the folder ${folder} cannot be read (${error.code ?? error.message}): create it, or unset the setting`);
  })).filter((name) => ending.test(name)).toSorted();
  const found: ParsedDefinition[] = [];
  for (const name of names) {
    const { definitions, errors } = parseDefinitions(await readFile(join(folder, name), 'utf8'), { file: name, baseWindowMs });
    refuse(errors);
    found.push(...definitions);
  }
  refuse(checkReferences(found, knownNames(await store.all(tenant))).errors);
  for (const { definition, source } of found) await store.apply(tenant, { definition, source, author: fileAuthor, managedBy: 'file' });
  const kept = new Set(found.map(({ definition }) => `${tenant}/${definition.kind}/${definition.metadata.name}`));
  const gone = (await store.all(tenant)).filter((record: DefinitionRecord) => record.versions.at(-1)!.author === fileAuthor && !record.deleted && !kept.has(record.id));
  for (const record of gone) await store.remove(tenant, record.kind, record.name, { author: fileAuthor, managedBy: 'file', force: true });
  return { applied: found.length, removed: gone.length };
}

function refuse(errors: readonly DefinitionIssue[]): void {
  if (errors.length > 0) throw new Error(`OPSLOOP_POLICY_DIR: ${errors.map(formatIssue).join('; ')}`);
}
