import { collections, type DefinitionRecord, type ReceiverSpec, type ScenarioSpec } from '@opsloop/contracts';
import { readStoredDefinition } from '@opsloop/domain';
import type { Documents } from '@opsloop/ports';

export interface TellingDefinitions {
  /** The newest version; undefined when there is none or it was deleted. */
  receiver(tenant: string, name: string): Promise<ReceiverSpec | undefined>;
  scenario(tenant: string, name: string): Promise<ScenarioSpec | undefined>;
}

/** Who is told is read when it is needed: a changed receiver counts from the next notice on. */
export function createTellingDefinitions(documents: Documents): TellingDefinitions {
  const definitions = documents.collection<DefinitionRecord>(collections.definitions);

  async function newest(id: string) {
    const stored = await definitions.get(id);
    return stored && !stored.doc.deleted ? readStoredDefinition(stored.doc.versions.at(-1)?.definition) : undefined;
  }

  return {
    async receiver(tenant, name) {
      const definition = await newest(`${tenant}/Receiver/${name}`);
      return definition?.kind === 'Receiver' ? definition.spec : undefined;
    },
    async scenario(tenant, name) {
      const definition = await newest(`${tenant}/Scenario/${name}`);
      return definition?.kind === 'Scenario' ? definition.spec : undefined;
    },
  };
}
