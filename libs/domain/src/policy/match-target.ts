import type { Attributes, Labels, Resource } from '@opsloop/contracts';
import type { CompiledInput, CompiledPolicy } from './compiled-policy.js';

export type TargetMatch = CompiledPolicy['match'];

/** What of a target is still open once the labels of a series are known; undefined when the labels rule the series out. */
export function matchLabels(policy: Pick<CompiledPolicy, 'match' | 'inputs'>, labels: Labels, input: Pick<CompiledInput, 'totalsOnly' | 'accepts'> = policy.inputs[0]!): TargetMatch | undefined {
  if (input.accepts && !input.accepts(labels)) return undefined;
  if (input.totalsOnly && Object.keys(labels).length > 0) return undefined;
  const open: (readonly [string, ReadonlySet<string>])[] = [];
  for (const rule of policy.match) {
    const [key, values] = rule;
    if (!Object.hasOwn(labels, key)) open.push(rule);
    else if (!values.has(labels[key]!)) return undefined;
  }
  return open;
}

/** Attributes come first, then what a resource is by itself: resource (its id), uid, kind, provider, region, and host for hosts. */
export function matchResource(rules: TargetMatch, resource: Resource, attributes: Attributes): boolean {
  return rules.every(([key, values]) => {
    const value = resourceField(resource, attributes, key);
    return value !== undefined && values.has(value);
  });
}

/** Whether some series of a resource may meet the target: what the resource does not say of itself, a label may. */
export function mayMatchResource({ match }: Pick<CompiledPolicy, 'match'>, resource: Resource, attributes: Attributes): boolean {
  return match.every(([key, values]) => {
    const value = resourceField(resource, attributes, key);
    return value === undefined || values.has(value);
  });
}

/** An attribute, or what the resource is by itself. */
export function resourceField(resource: Resource, attributes: Attributes, key: string): string | undefined {
  return Object.hasOwn(attributes, key) ? attributes[key] : ownField(resource, key);
}

function ownField(resource: Resource, key: string): string | undefined {
  switch (key) {
    case 'resource':
      return resource.id;
    case 'host':
      return resource.kind === 'host' ? resource.uid : undefined;
    case 'uid':
    case 'kind':
    case 'provider':
    case 'region':
      return resource[key];
    default:
      return undefined;
  }
}
