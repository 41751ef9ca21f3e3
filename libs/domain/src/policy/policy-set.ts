/** Every policy of every tenant, in all kept versions: gives those that were in force at a time. */
import type { DefinitionRecord } from '@opsloop/contracts';
import { versionAt } from '../definition/apply-definition.js';
import { readStoredDefinition } from '../definition/parse-definitions.js';
import { compilePolicy, type CompiledInput, type CompiledPolicy } from './compiled-policy.js';

/** A span of event time in which the same versions are in force. The same span is always the same object. */
export interface PolicyEra {
  readonly byName: ReadonlyMap<string, CompiledPolicy>;
  readonly byMetric: ReadonlyMap<string, readonly WatchedInput[]>;
}

export interface WatchedInput {
  readonly policy: CompiledPolicy;
  readonly input: CompiledInput;
}

export interface PolicySet {
  /** Stored versions that cannot be read, one text each; they count as absent. */
  readonly problems: readonly string[];
  eraAt(tenant: string, timeMs: number): PolicyEra;
  /** The newest version that was ever in force, deleted or not. */
  newest(tenant: string, name: string): CompiledPolicy | undefined;
  /** Some version of some policy judges groups: also one that is gone, since its alarms must end. */
  readonly hasGroups: boolean;
  /** Does another version come into force after `fromMs` and up to `toMs`? */
  changesBetween(fromMs: number, toMs: number): boolean;
}

interface CompiledVersion {
  readonly sinceMs: number;
  readonly policy: CompiledPolicy | null;
}

export function createPolicySet(records: readonly DefinitionRecord[]): PolicySet {
  const problems: string[] = [];
  const tenants = new Map<string, Map<string, CompiledVersion[]>>();
  for (const record of records) {
    if (record.kind !== 'Policy') continue;
    const policies = tenants.get(record.tenant) ?? new Map<string, CompiledVersion[]>();
    tenants.set(record.tenant, policies.set(record.name, compileVersions(record, problems)));
  }
  const boundaries = [...tenants.values()].flatMap((policies) => [...policies.values()].flatMap((versions) => versions.map((version) => version.sinceMs)));
  const timelines = new Map([...tenants].map(([tenant, policies]) => [tenant, createTimeline(policies)]));
  return {
    problems,
    eraAt: (tenant, timeMs) => timelines.get(tenant)?.(timeMs) ?? emptyEra,
    newest: (tenant, name) => tenants.get(tenant)?.get(name)?.findLast((version) => version.policy !== null)?.policy ?? undefined,
    hasGroups: [...tenants.values()].some((policies) => [...policies.values()].some((versions) => versions.some((version) => version.policy?.condition?.group))),
    changesBetween: (fromMs, toMs) => boundaries.some((sinceMs) => sinceMs > fromMs && sinceMs <= toMs),
  };
}

const emptyEra: PolicyEra = { byName: new Map(), byMetric: new Map() };

function compileVersions(record: DefinitionRecord, problems: string[]): CompiledVersion[] {
  return record.versions.flatMap((version): CompiledVersion[] => {
    if (version.definition === null) return [{ sinceMs: version.sinceMs, policy: null }];
    const definition = readStoredDefinition(version.definition);
    try {
      if (definition?.kind !== 'Policy') throw new Error('does not fit the schema of a policy');
      const policy = compilePolicy(definition, { tenant: record.tenant, version: version.version });
      return [{ sinceMs: version.sinceMs, policy }];
    } catch (error) {
      problems.push(`${record.id} version ${version.version}: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  });
}

function createTimeline(policies: ReadonlyMap<string, readonly CompiledVersion[]>): (timeMs: number) => PolicyEra {
  const starts = [...new Set([...policies.values()].flatMap((versions) => versions.map((version) => version.sinceMs)))].toSorted((a, b) => a - b);
  if (starts.length === 0) return () => emptyEra;
  const eras: (PolicyEra | undefined)[] = [];
  return (timeMs) => {
    // Nearly every window belongs to the newest era.
    let index = starts.length - 1;
    while (index > 0 && starts[index]! > timeMs) index--;
    return (eras[index] ??= buildEra(policies, starts[index]!));
  };
}

function buildEra(policies: ReadonlyMap<string, readonly CompiledVersion[]>, timeMs: number): PolicyEra {
  const byName = new Map<string, CompiledPolicy>();
  const byMetric = new Map<string, WatchedInput[]>();
  for (const [name, versions] of policies) {
    const policy = versionAt(versions, timeMs)?.policy;
    if (!policy) continue;
    byName.set(name, policy);
    for (const input of policy.inputs) byMetric.set(input.metric, [...(byMetric.get(input.metric) ?? []), { policy, input }]);
  }
  return { byName, byMetric };
}
