import type { Attributes } from '@opsloop/contracts';

/** Attributes that say what a resource is a part of, the narrowest first. */
const wholes = ['infra_id', 'cluster', 'cluster_name', 'k8s_cluster', 'app', 'application', 'group'] as const;

/** What the resource is a part of, as `name=value`: resources of equal text are neighbours. Undefined when no attribute says so. */
export function neighbourhoodOf(attributes: Attributes): string | undefined {
  const name = wholes.find((one) => (attributes[one] ?? '') !== '');
  if (name === undefined) return undefined;
  // Infrastructures of different name spaces may have one name.
  const space = name === 'infra_id' ? attributes['ns_id'] : undefined;
  return `${space === undefined ? '' : `ns_id=${space} `}${name}=${attributes[name]!}`;
}
