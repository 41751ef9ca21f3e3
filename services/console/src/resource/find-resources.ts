import type { ResourceAnswer } from '@opsloop/contracts';
import { levelsWorstFirst } from '../level/level.js';

/** Resources whose name, id, place or attributes hold every word; the worst state first, then by name. */
export function findResources(resources: readonly ResourceAnswer[], text: string, kind: string | undefined): readonly ResourceAnswer[] {
  const wanted = text.trim().toLowerCase().split(/\s+/);
  const rank = (resource: ResourceAnswer): number => (resource.level === null ? levelsWorstFirst.length : levelsWorstFirst.indexOf(resource.level));
  return resources
    .filter((one) => {
      if (kind !== undefined && one.kind !== kind) return false;
      const haystack = [one.name, one.resourceId, one.kind, one.provider, one.region, ...Object.entries(one.attributes).map(([key, value]) => `${key}=${value}`)].join(' ').toLowerCase();
      return wanted.every((part) => haystack.includes(part));
    })
    .toSorted((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
