import { collections, kinds, type Definition, type DefinitionRecord, type Kind } from '@opsloop/contracts';
import { applyDefinition, deleteDefinition, usesOf } from '@opsloop/domain';
import type { Clock, Documents } from '@opsloop/ports';
import { findAll } from '@opsloop/runtime';
import { ApiError, conflict, notFound } from '../http/api-error.js';

export interface DefinitionInput {
  readonly definition: Definition;
  readonly source: string;
  readonly author: string;
  readonly managedBy: 'api' | 'file';
  /** The version that was edited, 0 for none: refused where another is in force. */
  readonly editedVersion?: number | undefined;
}

export interface DefinitionStore {
  /** The record after it; unchanged content makes no new version. */
  apply(tenant: string, input: DefinitionInput): Promise<DefinitionRecord>;
  /** Only where no definition of that kind and name has ever been. */
  applyOnce(tenant: string, input: DefinitionInput): Promise<void>;
  /** `force`: also what others name. */
  remove(tenant: string, kind: Kind, name: string, by: { readonly author: string; readonly managedBy: 'api' | 'file'; readonly force: boolean }): Promise<void>;
  all(tenant: string): Promise<DefinitionRecord[]>;
}

export function createDefinitionStore({ documents, clock }: { readonly documents: Documents; readonly clock: Clock }): DefinitionStore {
  const collection = documents.collection<DefinitionRecord>(collections.definitions);

  async function apply(tenant: string, input: DefinitionInput): Promise<DefinitionRecord> {
    const { kind, metadata } = input.definition;
    for (;;) {
      const present = await collection.get(`${tenant}/${kind}/${metadata.name}`);
      const outcome = applyDefinition(present?.doc, { tenant, definition: input.definition, source: input.source, editedVersion: input.editedVersion }, { author: input.author, nowMs: clock.now(), managedBy: input.managedBy });
      if (outcome === 'unchanged') return present!.doc;
      if ('refused' in outcome) throw conflict(outcome.refused);
      const stored = present ? await collection.replace(outcome, present.version) : await collection.insert(outcome);
      if (stored !== 'conflict' && stored !== 'exists') return stored.doc;
    }
  }

  async function all(tenant: string): Promise<DefinitionRecord[]> {
    return findAll(collection, { tenant, kind: { in: [...kinds] } });
  }

  /** Without its receiver an alarm tells nobody, and without its playbook a scenario repairs nothing: neither is noticed until then. */
  async function refuseUsed(tenant: string, kind: Kind, name: string): Promise<void> {
    const inForce = (await all(tenant)).flatMap(({ deleted, versions }) => (deleted ? [] : (versions.at(-1)?.definition ?? [])));
    const uses = usesOf(inForce, kind, name);
    if (uses.length === 0) return;
    const users = [...new Set(uses.map(({ user }) => user))].join(', ');
    throw new ApiError(409, 'Conflict', `${kind} ${name} is used by ${users}: take it out there first, or delete it all the same with ?force=true (--force)`, uses.map(({ user, path }) => ({ at: user, message: `names it in ${path}` })));
  }

  return {
    apply,
    all,
    async applyOnce(tenant, input) {
      const { kind, metadata } = input.definition;
      if (!(await collection.get(`${tenant}/${kind}/${metadata.name}`))) await apply(tenant, input);
    },
    async remove(tenant, kind, name, { author, managedBy, force }) {
      for (;;) {
        const present = await collection.get(`${tenant}/${kind}/${name}`);
        if (!present || present.doc.deleted) throw notFound(kind.toLowerCase(), name);
        const outcome = deleteDefinition(present.doc, { author, nowMs: clock.now(), managedBy });
        if (outcome === 'unchanged') return;
        if ('refused' in outcome) throw conflict(outcome.refused);
        if (!force) await refuseUsed(tenant, kind, name);
        if ((await collection.replace(outcome, present.version)) !== 'conflict') return;
      }
    },
  };
}
