import { collections, type Alarm, type DefinitionRecord } from '@opsloop/contracts';
import { readStoredDefinition, type PlaybookChoice } from '@opsloop/domain';
import { findAll, type ServiceContext } from '@opsloop/runtime';
import { createActingDefinitions } from '../work-order/acting-definitions.js';

export interface PlaybookCatalogue {
  /** Every playbook in force; read again after half a minute. */
  playbooks(tenant: string): Promise<readonly PlaybookChoice[]>;
  /** What the scenarios of the alarm would run at its level. */
  planned(alarm: Pick<Alarm, 'tenant' | 'scenarios' | 'level'>): Promise<{ readonly scenario: string; readonly playbook: string }[]>;
}

const keptMs = 30_000;

export function createPlaybookCatalogue({ documents, clock }: Pick<ServiceContext, 'documents' | 'clock'>): PlaybookCatalogue {
  const records = documents.collection<DefinitionRecord>(collections.definitions);
  const definitions = createActingDefinitions(documents);
  const known = new Map<string, { readonly atMs: number; readonly choices: readonly PlaybookChoice[] }>();
  return {
    async playbooks(tenant) {
      const kept = known.get(tenant);
      if (kept && clock.monotonic() - kept.atMs < keptMs) return kept.choices;
      const found = await findAll(records, { tenant, kind: 'Playbook' });
      const choices = found.flatMap(({ name, versions }): PlaybookChoice[] => {
        const definition = readStoredDefinition(versions.at(-1)?.definition);
        return definition?.kind === 'Playbook' ? [{ name, title: definition.metadata.title, for: definition.spec.for }] : [];
      });
      known.set(tenant, { atMs: clock.monotonic(), choices });
      return choices;
    },
    async planned({ tenant, scenarios, level }) {
      const found = await Promise.all(scenarios.map(async (scenario) => ({ scenario, steps: (await definitions.scenario(tenant, scenario))?.levels[level] ?? [] })));
      return found.flatMap(({ scenario, steps }) => steps.flatMap((step) => (step.do === 'work-order' ? [{ scenario, playbook: step.playbook }] : [])));
    },
  };
}
