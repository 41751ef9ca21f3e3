import { kinds, type DefinitionRecord, type DefinitionVersion, type Kind } from '@opsloop/contracts';
import { keptByFile } from './apply-definition.js';
import { checkReferences, type KnownNames } from './check-references.js';
import type { DefinitionIssue } from './definition-issue.js';
import { diffDefinitions, type DefinitionChange } from './diff-definitions.js';
import { readStoredDefinition, type ParsedDefinition } from './parse-definitions.js';

export interface PlannedDefinition {
  readonly kind: Kind;
  readonly name: string;
  readonly action: 'create' | 'change' | 'unchanged';
  readonly changes: readonly DefinitionChange[];
}

export interface DefinitionPlan {
  readonly items: readonly PlannedDefinition[];
  readonly errors: readonly DefinitionIssue[];
  readonly warnings: readonly DefinitionIssue[];
}

/** What the plan needs of a record. */
export type StoredDefinition = Pick<DefinitionRecord, 'kind' | 'name' | 'deleted' | 'managedBy'> & { readonly versions: readonly Pick<DefinitionVersion, 'definition'>[] };

/** What applying the set over the API would do to what is stored; errors are what it would refuse, and what the definitions of both lack of each other. */
export function planDefinitions(stored: readonly StoredDefinition[], set: readonly ParsedDefinition[]): DefinitionPlan {
  const current = new Map(stored.filter((record) => !record.deleted).map((record) => [`${record.kind}/${record.name}`, record]));
  const items = set.map(({ definition }): PlannedDefinition => {
    const { kind, metadata } = definition;
    const before = current.get(`${kind}/${metadata.name}`)?.versions.at(-1)?.definition ?? null;
    const changes = diffDefinitions(before === null ? null : (readStoredDefinition(before) ?? before), definition);
    return { kind, name: metadata.name, action: before === null ? 'create' : changes.length > 0 ? 'change' : 'unchanged', changes };
  });
  const { errors, warnings } = checkReferences(set, knownNames(stored));
  const kept = set.filter(({ definition: { kind, metadata } }, index) => items[index]!.action === 'change' && current.get(`${kind}/${metadata.name}`)?.managedBy === 'file');
  return { items, errors: [...kept.map(({ definition, locate }) => locate(['metadata', 'name'], `${definition.kind} ${definition.metadata.name} ${keptByFile}`)), ...errors], warnings };
}

/** What is stored and not deleted: what new definitions may refer to. */
export function knownNames(stored: readonly StoredDefinition[]): KnownNames {
  const living = stored.filter((record) => !record.deleted);
  const groupPolicies = living.filter(({ versions }) => {
    const definition = versions.at(-1)?.definition;
    return definition?.kind === 'Policy' && definition.spec.kind === 'group';
  });
  const playbooks = living.flatMap(({ versions }) => {
    const definition = readStoredDefinition(versions.at(-1)?.definition);
    return definition?.kind === 'Playbook' ? [[definition.metadata.name, definition] as const] : [];
  });
  return {
    playbooks: new Map(playbooks),
    ...Object.fromEntries(kinds.map((kind) => [kind, new Set(living.filter((record) => record.kind === kind).map((record) => record.name))])),
    groupPolicies: new Set(groupPolicies.map((record) => record.name)),
  };
}
