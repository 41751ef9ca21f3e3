import type { Definition, Kind, Playbook } from '@opsloop/contracts';
import { notOfOneTarget } from '../verification/judge-target.js';
import { didYouMean } from './closest-name.js';
import type { DefinitionIssue } from './definition-issue.js';
import { orderProblems } from './order-problems.js';
import type { FieldPath } from './read-documents.js';
import type { ParsedDefinition } from './parse-definitions.js';

/** Names that exist already, by kind. `groupPolicies`: those of the policies that count resources. `playbooks`: what stands behind their names. */
export type KnownNames = Readonly<Partial<Record<Kind | 'groupPolicies', ReadonlySet<string>>>> & { readonly playbooks?: ReadonlyMap<string, Playbook> };

interface Reference {
  readonly kind: Kind;
  readonly name: string;
  readonly path: FieldPath;
  /** A playbook may name the policy that verifies it before that policy exists, since policies name scenarios and those playbooks. */
  readonly mayCome: boolean;
}

/**
 * What no definition sees alone: the same name twice, names that nothing bears, and what a playbook does not take. `known`: what exists beside the set;
 * without it (no server at hand) an unknown name is a warning, since it may exist there.
 */
export function checkReferences(set: readonly ParsedDefinition[], known?: KnownNames): { errors: DefinitionIssue[]; warnings: DefinitionIssue[] } {
  const errors: DefinitionIssue[] = [];
  const warnings: DefinitionIssue[] = [];
  const names = new Map<Kind, Set<string>>();
  for (const { definition, locate } of set) {
    const { kind, metadata } = definition;
    const ofKind = names.get(kind) ?? new Set();
    if (ofKind.has(metadata.name)) errors.push(locate(['metadata', 'name'], `${kind} ${metadata.name} is defined twice: give one of them another name`));
    names.set(kind, ofKind.add(metadata.name));
  }
  for (const { definition, locate } of set) {
    for (const { kind, name, path, mayCome } of referencesOf(definition)) {
      if (names.get(kind)?.has(name) || known?.[kind]?.has(name)) continue;
      const near = didYouMean(name, [...(names.get(kind) ?? []), ...(known?.[kind] ?? [])]);
      const issue = locate(path, `there is no ${kind.toLowerCase()} named ${name}${near}: apply it first, or together with this one`);
      (known === undefined || mayCome ? warnings : errors).push(issue);
    }
  }
  return { errors: [...errors, ...groupVerifications(set, known), ...unrunnableOrders(set, known)], warnings };
}

function groupVerifications(set: readonly ParsedDefinition[], known: KnownNames | undefined): DefinitionIssue[] {
  const kindOf = new Map(set.flatMap(({ definition }) => (definition.kind === 'Policy' ? [[definition.metadata.name, definition.spec.kind] as const] : [])));
  return set.flatMap(({ definition, locate }) => {
    const name = definition.kind === 'Playbook' ? definition.spec.verify?.policy : undefined;
    if (name === undefined || (kindOf.has(name) ? kindOf.get(name) !== 'group' : !known?.groupPolicies?.has(name))) return [];
    return [locate(['spec', 'verify', 'policy'], `${name} ${notOfOneTarget}`)];
  });
}

function unrunnableOrders(set: readonly ParsedDefinition[], known: KnownNames | undefined): DefinitionIssue[] {
  const written = new Map(set.flatMap(({ definition }) => (definition.kind === 'Playbook' ? [[definition.metadata.name, definition] as const] : [])));
  return set.flatMap(({ definition, locate }) => orderProblems(definition, (name) => written.get(name) ?? known?.playbooks?.get(name)).map(({ path, message }) => locate(path, message)));
}

export interface DefinitionUse {
  /** `Policy cpu` */
  readonly user: string;
  /** The field that names it: `spec.receivers.0`. */
  readonly path: string;
}

/** Which of the definitions name one, and where: what would point at nothing without it. */
export function usesOf(definitions: readonly Definition[], kind: Kind, name: string): DefinitionUse[] {
  return definitions.flatMap((definition) =>
    referencesOf(definition)
      .filter((one) => one.kind === kind && one.name === name)
      .map(({ path }) => ({ user: `${definition.kind} ${definition.metadata.name}`, path: path.join('.') })),
  );
}

function referencesOf(definition: Definition): Reference[] {
  switch (definition.kind) {
    case 'Policy':
      return [...namesIn('Scenario', definition.spec.scenarios, ['spec', 'scenarios']), ...namesIn('Receiver', definition.spec.receivers, ['spec', 'receivers'])];
    case 'Playbook':
      return definition.spec.verify ? [{ kind: 'Policy', name: definition.spec.verify.policy, path: ['spec', 'verify', 'policy'], mayCome: true }] : [];
    case 'Scenario':
      return [
        ...namesIn('Receiver', definition.spec.onNotVerified?.receivers ?? [], ['spec', 'onNotVerified', 'receivers']),
        ...Object.entries(definition.spec.levels).flatMap(([level, steps]) =>
          steps.flatMap((step, index) => {
            const path = ['spec', 'levels', level, index];
            return step.do === 'work-order' ? [{ kind: 'Playbook' as const, name: step.playbook, path: [...path, 'playbook'], mayCome: false }] : namesIn('Receiver', step.receivers, [...path, 'receivers']);
          }),
        ),
      ];
    case 'Schedule':
      return [
        ...definition.spec.workOrder.jobs.map(({ playbook }, index) => ({ kind: 'Playbook' as const, name: playbook, path: ['spec', 'workOrder', 'jobs', index, 'playbook'], mayCome: false })),
        ...namesIn('Receiver', definition.spec.workOrder.receivers, ['spec', 'workOrder', 'receivers']),
      ];
    case 'Receiver':
      return [];
  }
}

function namesIn(kind: Kind, names: readonly string[], path: FieldPath): Reference[] {
  return names.map((name, index) => ({ kind, name, path: [...path, index], mayCome: false }));
}
