import { collections, type DefinitionRecord, type Playbook, type ScenarioSpec } from '@opsloop/contracts';
import { compilePolicy, readStoredDefinition, versionAt, type CompiledPolicy } from '@opsloop/domain';
import type { Documents } from '@opsloop/ports';

export interface ActingDefinitions {
  /** The newest version; undefined when there is none or it was deleted. */
  scenario(tenant: string, name: string): Promise<ScenarioSpec | undefined>;
  /** The newest version, or the one that is asked for. */
  playbook(tenant: string, name: string, version?: number): Promise<{ readonly playbook: Playbook; readonly playbookVersion: number } | undefined>;
  /** The version in force at that time. */
  policy(tenant: string, name: string, atMs: number): Promise<CompiledPolicy | undefined>;
}

/** What is done is read when it is done: a changed scenario counts from the next alarm on. */
export function createActingDefinitions(documents: Documents): ActingDefinitions {
  const definitions = documents.collection<DefinitionRecord>(collections.definitions);

  async function find(id: string, atMs = Infinity) {
    const stored = await definitions.get(id);
    const found = stored && versionAt(stored.doc.versions, atMs);
    const definition = readStoredDefinition(found?.definition);
    return found && definition ? { version: found.version, definition } : undefined;
  }

  async function findVersion(id: string, version: number) {
    const definition = readStoredDefinition((await definitions.get(id))?.doc.versions.find((one) => one.version === version)?.definition);
    return definition ? { version, definition } : undefined;
  }

  return {
    async scenario(tenant, name) {
      const found = await find(`${tenant}/Scenario/${name}`);
      return found?.definition.kind === 'Scenario' ? found.definition.spec : undefined;
    },
    async playbook(tenant, name, version) {
      const id = `${tenant}/Playbook/${name}`;
      const found = version === undefined ? await find(id) : await findVersion(id, version);
      return found?.definition.kind === 'Playbook' ? { playbook: found.definition, playbookVersion: found.version } : undefined;
    },
    async policy(tenant, name, atMs) {
      const found = await find(`${tenant}/Policy/${name}`, atMs);
      return found?.definition.kind === 'Policy' ? compilePolicy(found.definition, { tenant, version: found.version }) : undefined;
    },
  };
}
