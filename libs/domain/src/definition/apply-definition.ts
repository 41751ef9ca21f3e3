import type { Definition, DefinitionRecord, DefinitionVersion } from '@opsloop/contracts';
import { diffDefinitions } from './diff-definitions.js';
import { readStoredDefinition } from './parse-definitions.js';

/**
 * A changed version is in force a little after it was written, so that every trigger has read it (they look twice a second)
 * before it judges the first window by it; otherwise the same window could be judged by different versions after a crash.
 */
export const versionLeadMs = 5_000;
/** Why the API refuses to change it, and what to do. What the demo brings is managed the same way, without a folder. */
export const keptByFile = 'is managed by a file, or built in: change it in OPSLOOP_POLICY_DIR and restart, or apply it under another name (the demo brings its own while OPSLOOP_DEMO is on)';
const maxVersions = 50;
/** Documents hold 1 MiB; the oldest versions give way. */
const maxRecordBytes = 700_000;

export interface DefinitionInput {
  readonly tenant: string;
  readonly definition: Definition;
  /** As it was written. */
  readonly source: string;
  /** The version that was edited, 0 where there was none: another in force meanwhile is not overwritten. Left out: whichever it is. */
  readonly editedVersion?: number | undefined;
}

export interface DefinitionAuthor {
  readonly author: string;
  /** Wall clock, ms since the epoch. */
  readonly nowMs: number;
  readonly managedBy: 'api' | 'file';
}

export interface DefinitionRefusal {
  readonly refused: string;
}

/**
 * Decides the record that follows when a definition is applied. The first version is in force for all times, a later one
 * from `nowMs` + versionLeadMs. What a file manages changes through files alone.
 */
export function applyDefinition(record: DefinitionRecord | undefined, { tenant, definition, source, editedVersion }: DefinitionInput, by: DefinitionAuthor): DefinitionRecord | 'unchanged' | DefinitionRefusal {
  const { kind, metadata } = definition;
  if (record && isKeptByFile(record, by)) return refuseForFile(record);
  const before = record?.versions.at(-1)?.definition ?? null;
  const isSame = before !== null && diffDefinitions(readStoredDefinition(before) ?? before, definition).length === 0;
  if (isSame && record?.managedBy === by.managedBy) return 'unchanged';
  if (editedVersion !== undefined && editedVersion !== versionInForce(record)) return refuseOvertaken(`${kind} ${metadata.name}`, record?.versions.at(-1), editedVersion);
  if (sizeOf({ definition, source }) > maxRecordBytes) return { refused: `${kind} ${metadata.name} is too large to be stored: split it` };
  // When only its manager changes, what is in force stays in force.
  const versions = isSame && record ? record.versions : withVersion(record, definition, source, by);
  return { id: `${tenant}/${kind}/${metadata.name}`, tenant, kind, name: metadata.name, deleted: false, changedAtMs: changedAt(record, by), managedBy: by.managedBy, versions };
}

/** The record after a deletion: its versions stay readable, and judge what happened while they were in force. */
export function deleteDefinition(record: DefinitionRecord, by: DefinitionAuthor): DefinitionRecord | 'unchanged' | DefinitionRefusal {
  if (record.deleted) return 'unchanged';
  if (isKeptByFile(record, by)) return refuseForFile(record);
  const versions = withVersion(record, null, '', by);
  return { ...record, deleted: true, changedAtMs: changedAt(record, by), managedBy: by.managedBy, versions };
}

function isKeptByFile(record: DefinitionRecord, by: DefinitionAuthor): boolean {
  return !record.deleted && record.managedBy === 'file' && by.managedBy === 'api';
}

function refuseForFile({ kind, name }: DefinitionRecord): DefinitionRefusal {
  return { refused: `${kind} ${name} ${keptByFile}` };
}

function versionInForce(record: DefinitionRecord | undefined): number {
  return record === undefined || record.deleted ? 0 : record.versions.at(-1)!.version;
}

function refuseOvertaken(name: string, newest: DefinitionVersion | undefined, editedVersion: number): DefinitionRefusal {
  if (!newest) return { refused: `${name} is not there, and version ${editedVersion} of it was edited: save it as a new one` };
  const { version, author, atMs } = newest;
  const what = newest.definition === null ? 'deleted' : `saved as version ${version}`;
  return { refused: `${name} was ${what} by ${author} at ${new Date(atMs).toISOString()}, while ${editedVersion === 0 ? 'a new one was written' : `version ${editedVersion} was edited`}: look at what changed, then save again` };
}

/** Rises with every change, even when the clock went back. */
function changedAt(record: DefinitionRecord | undefined, by: DefinitionAuthor): number {
  return Math.max(by.nowMs, (record?.changedAtMs ?? 0) + 1);
}

function withVersion(record: DefinitionRecord | undefined, definition: Definition | null, source: string, by: DefinitionAuthor): DefinitionVersion[] {
  const newest = record?.versions.at(-1);
  // A clock that went back must not put a later version before an earlier one.
  const sinceMs = newest ? Math.max(by.nowMs + versionLeadMs, newest.sinceMs) : 0;
  return keepNewest([...(record?.versions ?? []), { version: (newest?.version ?? 0) + 1, sinceMs, definition, source, author: by.author, atMs: by.nowMs }]);
}

/** As many of the newest as fit. */
function keepNewest(versions: readonly DefinitionVersion[]): DefinitionVersion[] {
  const kept = versions.slice(-maxVersions);
  const sizes = kept.map(sizeOf);
  let total = sizes.reduce((sum, size) => sum + size, 0);
  let from = 0;
  while (total > maxRecordBytes && from < kept.length - 1) total -= sizes[from++]!;
  return kept.slice(from);
}

function sizeOf(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}

/** The version in force at an event time: the newest whose `sinceMs` has come; before the first kept one, the first kept one. */
export function versionAt<Version extends Pick<DefinitionVersion, 'sinceMs'>>(versions: readonly Version[], timeMs: number): Version | undefined {
  return versions.findLast((version) => version.sinceMs <= timeMs) ?? versions[0];
}
