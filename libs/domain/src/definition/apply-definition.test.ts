import type { Definition, DefinitionRecord } from '@opsloop/contracts';
import { applyDefinition, deleteDefinition, versionAt, versionLeadMs } from './apply-definition.js';
import { parseDefinitions } from './parse-definitions.js';

function receiver(to: string): Definition {
  const text = `{ apiVersion: opsloop/v1, kind: Receiver, metadata: { name: ops }, spec: { channel: mail, to: [${to}] } }`;
  return parseDefinitions(text, { baseWindowMs: 10_000 }).definitions[0]!.definition;
}

function apply(record: DefinitionRecord | undefined, definition: Definition, nowMs: number, managedBy: 'api' | 'file' = 'api'): ReturnType<typeof applyDefinition> {
  return applyDefinition(record, { tenant: 'default', definition, source: 'text' }, { author: 'ann', nowMs, managedBy });
}

function applied(record: DefinitionRecord | undefined, definition: Definition, nowMs: number, managedBy: 'api' | 'file' = 'api'): DefinitionRecord {
  const outcome = apply(record, definition, nowMs, managedBy);
  if (outcome === 'unchanged' || 'refused' in outcome) throw new Error(`not applied: ${JSON.stringify(outcome)}`);
  return outcome;
}

describe('applyDefinition', () => {
  const first = applied(undefined, receiver('a@example.org'), 1_000);

  it('puts the first version in force for all times', () => {
    expect(first).toMatchObject({ id: 'default/Receiver/ops', deleted: false, changedAtMs: 1_000, versions: [{ version: 1, sinceMs: 0, author: 'ann', atMs: 1_000, source: 'text' }] });
  });

  it('puts a changed version in force after the lead, and keeps the old one for the time before', () => {
    const second = applied(first, receiver('b@example.org'), 50_000);
    expect(second.versions.map(({ version, sinceMs }) => ({ version, sinceMs }))).toEqual([{ version: 1, sinceMs: 0 }, { version: 2, sinceMs: 50_000 + versionLeadMs }]);
    expect(versionAt(second.versions, 50_000 + versionLeadMs - 1)?.version).toBe(1);
    expect(versionAt(second.versions, 50_000 + versionLeadMs)?.version).toBe(2);
  });

  it('says unchanged when only the writing differs', () => {
    expect(apply(first, receiver('  "a@example.org"  '), 2_000)).toBe('unchanged');
  });

  it('never puts a later version before an earlier one when the clock goes back', () => {
    const second = applied(first, receiver('b@example.org'), 50_000);
    const third = applied(second, receiver('c@example.org'), 10_000);
    expect(third.versions.at(-1)!.sinceMs).toBeGreaterThanOrEqual(second.versions.at(-1)!.sinceMs);
    expect(third.changedAtMs).toBeGreaterThan(second.changedAtMs);
  });

  it('refuses changes over the API to what a file manages, and lets the file change it', () => {
    const byFile = applied(undefined, receiver('a@example.org'), 1_000, 'file');
    expect(apply(byFile, receiver('b@example.org'), 2_000)).toEqual({ refused: expect.stringContaining('managed by a file') });
    expect(deleteDefinition(byFile, { author: 'ann', nowMs: 2_000, managedBy: 'api' })).toEqual({ refused: expect.stringContaining('OPSLOOP_POLICY_DIR') });
    expect(applied(byFile, receiver('b@example.org'), 2_000, 'file').versions).toHaveLength(2);
  });

  it('hands a definition over to a file without a new version', () => {
    const taken = applied(first, receiver('a@example.org'), 2_000, 'file');
    expect(taken.managedBy).toBe('file');
    expect(taken.versions).toEqual(first.versions);
  });

  it('deletes with a version of its own, and comes back after it', () => {
    const gone = deleteDefinition(first, { author: 'ben', nowMs: 5_000, managedBy: 'api' }) as DefinitionRecord;
    expect(gone).toMatchObject({ deleted: true, versions: [{ version: 1 }, { version: 2, definition: null, sinceMs: 5_000 + versionLeadMs, author: 'ben' }] });
    expect(deleteDefinition(gone, { author: 'ben', nowMs: 6_000, managedBy: 'api' })).toBe('unchanged');
    const back = applied(gone, receiver('a@example.org'), 60_000);
    expect(back).toMatchObject({ deleted: false });
    expect(back.versions.at(-1)).toMatchObject({ version: 3, sinceMs: 60_000 + versionLeadMs });
  });

  it('keeps at most 50 versions, the newest', () => {
    let record = first;
    for (let i = 0; i < 60; i++) record = applied(record, receiver(`u${i}@example.org`), 10_000 * (i + 1));
    expect(record.versions).toHaveLength(50);
    expect(record.versions.at(-1)!.version).toBe(61);
    expect(versionAt(record.versions, 0)?.version).toBe(record.versions[0]!.version);
  });

  it('stays far below the size of a document', () => {
    let record = first;
    const labels = Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`label-${n}`, '한'.repeat(80)]));
    for (let i = 0; i < 40; i++) record = applied(record, { ...receiver(`u${i}@example.org`), metadata: { name: 'ops', labels } } as Definition, 10_000 * (i + 1));
    expect(new TextEncoder().encode(JSON.stringify(record)).length).toBeLessThan(900_000);
    expect(record.versions.length).toBeGreaterThan(1);
    expect(record.versions.at(-1)!.version).toBe(41);
  });
});
