/** For tests: windows and policies in few words. */
import type { Attributes, DefinitionRecord, Labels, PolicySpec, Resource, SeriesDictionary, WindowBatch } from '@opsloop/contracts';
import { applyDefinition } from '../../definition/apply-definition.js';
import { parseDefinitions } from '../../definition/parse-definitions.js';

export const baseWindowMs = 10_000;

export function storedPolicy(name: string, spec: Partial<PolicySpec>, before?: DefinitionRecord, nowMs = 0): DefinitionRecord {
  const text = JSON.stringify({ apiVersion: 'opsloop/v1', kind: 'Policy', metadata: { name }, spec: { metric: 'app.load', window: '1m', threshold: { warn: '> 80' }, ...spec } });
  const { definitions, errors } = parseDefinitions(text, { baseWindowMs });
  if (!definitions[0]) throw new Error(JSON.stringify(errors));
  const record = applyDefinition(before, { tenant: 'default', definition: definitions[0].definition, source: text }, { author: 'test', nowMs, managedBy: 'api' });
  if (record === 'unchanged' || 'refused' in record) throw new Error(JSON.stringify(record));
  return record;
}

export function hostResource(uid: string): Resource {
  return { id: `id-${uid}`, tenant: 'default', provider: 'onprem', region: 'seoul', kind: 'host', uid };
}

/** One series each: metric and labels. */
export function dictionaryOf(...series: readonly (readonly [metric: string, labels?: Labels])[]): SeriesDictionary {
  return {
    size: series.length,
    metrics: series.map(([metric]) => metric),
    labelSets: series.map(([, labels = {}]) => labels),
    metricOf: Uint32Array.from(series.keys()),
    labelsOf: Uint32Array.from(series.keys()),
  };
}

export interface WindowFacts {
  readonly resource?: Resource;
  readonly attributes?: Attributes;
  readonly source?: string;
  readonly dictionary: SeriesDictionary;
  readonly startMs: number;
  readonly widthMs?: number;
  readonly closedToMs?: number;
  readonly correction?: boolean;
  /** One sample per slot; undefined: the slot has none. */
  readonly values: readonly (number | undefined)[];
}

export function windowBatch(facts: WindowFacts): WindowBatch {
  const { startMs, widthMs = baseWindowMs } = facts;
  const present = [...facts.values.entries()].filter((entry): entry is [number, number] => entry[1] !== undefined);
  const values = present.map(([, value]) => value);
  return {
    resource: facts.resource ?? hostResource('a'),
    attributes: facts.attributes ?? {},
    source: facts.source ?? 'agent',
    dictionary: facts.dictionary,
    startMs,
    widthMs,
    revision: startMs,
    correction: facts.correction ?? false,
    closedToMs: facts.closedToMs ?? startMs + widthMs,
    slots: present.length === facts.values.length ? undefined : Uint32Array.from(present, ([slot]) => slot),
    count: Float64Array.from(values, () => 1),
    sum: Float64Array.from(values),
    min: Float64Array.from(values),
    max: Float64Array.from(values),
    last: Float64Array.from(values),
    lastTimeMs: Float64Array.from(values, () => startMs + 5_000),
  };
}
