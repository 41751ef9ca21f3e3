import type { Definition, DefinitionRecord, DefinitionVersion, Kind } from '@opsloop/contracts';
import { diffDefinitions } from './diff-definitions.js';
import { readStoredDefinition } from './parse-definitions.js';

/**
 * A changed version is in force a little after it was written, so that every trigger has read it (they look twice a second)
 * before it judges the first window by it; otherwise the same window could be judged by different versions after a crash.
 */
export const versionLeadMs = 5_000;
const maxVersions = 50;
/** Documents hold 1 MiB; the oldest versions give way. */
const maxRecordLength = 700_000;

export interface DefinitionInput {
  readonly tenant: string;
  readonly kind: Kind;
  readonly name: string;
  /** null: delete it. */
  readonly definition: Definition | null;
  readonly source: string;
}

export interface DefinitionAuthor {
  readonly author: string;
  /** Wall clock, ms since the epoch. */
  readonly nowMs: number;
  readonly managedBy: 'api' | 'file';
}

export type AppliedDefinition =
  | { readonly outcome: 'created' | 'changed' | 'deleted'; readonly record: DefinitionRecord }
  | { readonly outcome: 'unchanged' }
  | { readonly outcome: 'refused'; readonly reason: 'managed-by-file' | 'not-found' | 'too-large'; readonly message: string };

/**
 * Decides the record that follows when a definition is applied or deleted. The first version is in force for all times,
 * a later one from `nowMs` + versionLeadMs. What a file manages changes through files alone.
 */
export function applyDefinition(record: DefinitionRecord | undefined, input: DefinitionInput, by: DefinitionAuthor): AppliedDefinition {
  const { kind, name, definition } = input;
  const newest = record?.versions.at(-1);
  if (record && !record.deleted && record.managedBy === 'file' && by.managedBy === 'api') {
    return { outcome: 'refused', reason: 'managed-by-file', message: `${kind} ${name} is managed by a file in OPSLOOP_POLICY_DIR: change it there and restart, or take it out of that folder` };
  }
  if (definition === null && (!newest || newest.definition === null)) return { outcome: 'refused', reason: 'not-found', message: `there is no ${kind.toLowerCase()} named ${name}` };
  const isSame = newest !== undefined && newest.definition !== null && definition !== null && diffDefinitions(readStoredDefinition(newest.definition) ?? newest.definition, definition).length === 0;
  if (isSame && record?.managedBy === by.managedBy) return { outcome: 'unchanged' };
  const version: DefinitionVersion = {
    version: (newest?.version ?? 0) + 1,
    // A clock that went back must not put a later version before an earlier one.
    sinceMs: newest ? Math.max(by.nowMs + versionLeadMs, newest.sinceMs) : 0,
    definition,
    source: input.source,
    author: by.author,
    atMs: by.nowMs,
  };
  // Only its manager changes: what is in force stays in force.
  const versions = isSame && record ? record.versions : keepNewest([...(record?.versions ?? []), version]);
  if (!versions) return { outcome: 'refused', reason: 'too-large', message: `${kind} ${name} is too large to be stored: split it` };
  return {
    outcome: definition === null ? 'deleted' : newest && newest.definition !== null ? 'changed' : 'created',
    record: {
      id: `${input.tenant}/${kind}/${name}`,
      tenant: input.tenant,
      kind,
      name,
      deleted: definition === null,
      changedAtMs: Math.max(by.nowMs, (record?.changedAtMs ?? 0) + 1),
      managedBy: by.managedBy,
      versions: [...versions],
    },
  };
}

function keepNewest(versions: readonly DefinitionVersion[]): DefinitionVersion[] | undefined {
  const kept = versions.slice(-maxVersions);
  // JSON in UTF-8: a character of the text is at most three bytes, and most are one.
  const lengths = kept.map((version) => new TextEncoder().encode(JSON.stringify(version)).length);
  let total = lengths.reduce((sum, length) => sum + length, 0);
  let from = 0;
  while (total > maxRecordLength && from < kept.length - 1) total -= lengths[from++]!;
  return total > maxRecordLength ? undefined : kept.slice(from);
}

/** The version in force at an event time: the newest whose `sinceMs` has come; before the first kept one, the first kept one. */
export function versionAt<Version extends Pick<DefinitionVersion, 'sinceMs'>>(versions: readonly Version[], timeMs: number): Version | undefined {
  return versions.findLast((version) => version.sinceMs <= timeMs) ?? versions[0];
}
