import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DefinitionRecord } from '@opsloop/contracts';
import { checkReferences, formatIssue, knownNames, parseDefinitions, usesOf, type DefinitionIssue, type ParsedDefinition } from '@opsloop/domain';
import { ApiError } from '../http/api-error.js';
import type { DefinitionStore } from './definition-store.js';

/** Who wrote the versions that came from the folder: only those are deleted with their file. */
const fileAuthor = 'file';
const ending = /\.(ya?ml|json)$/;

export interface AppliedFiles {
  readonly applied: number;
  readonly removed: number;
  /** What no file holds any more and something still names, a sentence each. */
  readonly stillUsed: readonly string[];
}

/**
 * Applies every definition file of a folder (not its subfolders) and marks it as managed by file. What was managed by
 * file and is no longer there is deleted, unless definitions that stay name it: without its receiver an alarm would tell
 * nobody. One wrong file stops everything: half a set of policies is worse than none.
 */
export async function applyDefinitionFiles(store: DefinitionStore, tenant: string, folder: string, baseWindowMs: number): Promise<AppliedFiles> {
  const found = await readDefinitionFiles(folder, baseWindowMs);
  const written = new Set(found.map(({ definition: { kind, metadata } }) => `${tenant}/${kind}/${metadata.name}`));
  const stored = (await store.all(tenant)).filter(({ deleted }) => !deleted);
  const isGone = (record: DefinitionRecord): boolean => record.versions.at(-1)!.author === fileAuthor && !written.has(record.id);
  refuse(checkReferences(found, knownNames(stored.filter((record) => !isGone(record)))).errors);
  for (const { definition, source } of found) await store.apply(tenant, { definition, source, author: fileAuthor, managedBy: 'file' });
  const { unused, stillUsed } = splitByUse(stored.filter(isGone), stored.filter((record) => !isGone(record) && !written.has(record.id)));
  for (const { kind, name } of unused) {
    await store.remove(tenant, kind, name, { author: fileAuthor, managedBy: 'file', force: true }).catch((error: unknown) => {
      // Another process that starts on the same folder was quicker.
      if (!(error instanceof ApiError && error.problem.status === 404)) throw error;
    });
  }
  return { applied: found.length, removed: unused.length, stillUsed };
}

async function readDefinitionFiles(folder: string, baseWindowMs: number): Promise<ParsedDefinition[]> {
  const names = (await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`OPSLOOP_POLICY_DIR: the folder ${folder} cannot be read (${error.code ?? error.message}): create it, or unset the setting`);
  })).filter((name) => ending.test(name)).toSorted();
  const found: ParsedDefinition[] = [];
  for (const name of names) {
    const { definitions, errors } = parseDefinitions(await readFile(join(folder, name), 'utf8'), { file: name, baseWindowMs });
    refuse(errors);
    found.push(...definitions);
  }
  return found;
}

/** What stays because something that stays names it stays with all that it names itself. The files name nothing of these: their references were checked without them. */
function splitByUse(gone: readonly DefinitionRecord[], staying: readonly DefinitionRecord[]): { readonly unused: readonly DefinitionRecord[]; readonly stillUsed: readonly string[] } {
  const naming = staying.flatMap(({ versions }) => versions.at(-1)?.definition ?? []);
  const stillUsed: string[] = [];
  let unused = gone;
  for (;;) {
    const used = unused.filter(({ kind, name }) => usesOf(naming, kind, name).length > 0);
    if (used.length === 0) return { unused, stillUsed };
    for (const { kind, name, versions } of used) {
      const users = [...new Set(usesOf(naming, kind, name).map(({ user }) => user))].join(', ');
      stillUsed.push(`${kind} ${name} is in no file any more, but ${users} names it: it stays until a start at which nothing does`);
      naming.push(...[versions.at(-1)!.definition].filter((one) => one !== null));
    }
    unused = unused.filter((record) => !used.includes(record));
  }
}

function refuse(errors: readonly DefinitionIssue[]): void {
  if (errors.length > 0) throw new Error(`OPSLOOP_POLICY_DIR: ${errors.map(formatIssue).join('; ')}`);
}
