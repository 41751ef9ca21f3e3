import type { DefinitionRecord, Kind } from '@opsloop/contracts';
import { diffDefinitions, type DefinitionChange } from './diff-definitions.js';
import type { ParsedDefinition } from './parse-definitions.js';
import { readStoredDefinition } from './parse-definitions.js';

export interface PlannedDefinition {
  readonly kind: Kind;
  readonly name: string;
  readonly action: 'create' | 'change' | 'unchanged';
  readonly changes: readonly DefinitionChange[];
}

/** What applying the set would do to what is stored; `recordOf` gives the stored record of a kind and name. */
export function planDefinitions(set: readonly ParsedDefinition[], recordOf: (kind: Kind, name: string) => DefinitionRecord | undefined): PlannedDefinition[] {
  return set.map(({ definition }) => {
    const { kind, metadata } = definition;
    const stored = recordOf(kind, metadata.name)?.versions.at(-1)?.definition ?? null;
    const changes = diffDefinitions(stored === null ? null : (readStoredDefinition(stored) ?? stored), definition);
    return { kind, name: metadata.name, action: stored === null ? 'create' : changes.length > 0 ? 'change' : 'unchanged', changes };
  });
}
