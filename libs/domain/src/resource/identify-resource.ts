import type { Attributes, Labels, Resource } from '@opsloop/contracts';
import { resourceIdOf } from './resource-id.js';

/** The tags that name a machine on a multi-cloud platform, all three together. */
const nodeTags = ['ns_id', 'infra_id', 'node_id'] as const;
/** Ids that clouds give their machines, in the order in which they are looked for. */
const cloudIdTags = ['instance_id', 'InstanceId', 'vm_id', 'vmId', 'server_id', 'resource_id', 'ResourceId', 'moid'] as const;
const providerTags = ['provider', 'cloud'] as const;
const regionTag = 'region';
const kindTag = 'kind';
/** They say whose numbers these are, or where it stands, and so are attributes of the resource wherever they occur. */
const placeTags: readonly string[] = [...nodeTags, 'host', ...providerTags, regionTag, kindTag];
/** All tags by which a resource is found, or told apart from others. */
export const identityTags: readonly string[] = [...placeTags, ...cloudIdTags];

export interface IdentifiedLine {
  readonly resource: Resource;
  /** The identity tags, by their own names. */
  readonly attributes: Attributes;
  /** All other tags, sorted by name. */
  readonly labels: Labels;
}

/**
 * Finds the resource that a line's tags belong to, by one table; the first row that fits wins:
 *
 * | tags | uid | example |
 * |---|---|---|
 * | `ns_id`, `infra_id`, `node_id` | the three, joined by `/` | `ns-1/infra-7/node-3` |
 * | `host` | its value | `web-1` |
 * | a cloud's id: `instance_id`, `InstanceId`, `vm_id`, `vmId`, `server_id`, `resource_id`, `ResourceId`, `moid` | its value | `i-0abc12` |
 * | none of them | the name of the sender's token, kind `sender` | `home-sensors` |
 *
 * Provider comes from `provider` or `cloud` (default `local`), region from `region` (`default`), kind from `kind`
 * (`host`). The tenant is the sender's and never a tag. A `/` or `%` inside one of the three ids is written `%2F`, `%25`.
 */
export function identifyResource(tenant: string, source: string, tags: ReadonlyMap<string, string>): IdentifiedLine {
  const { uid, tag, kind } = uidOf(tags, source);
  const tuple = {
    tenant,
    provider: tags.get(providerTags[0]) ?? tags.get(providerTags[1]) ?? 'local',
    region: tags.get(regionTag) ?? 'default',
    kind: tags.get(kindTag) ?? kind,
    uid,
  };
  const attributes: [string, string][] = [];
  const labels: [string, string][] = [];
  for (const pair of [...tags].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const names = pair[0] === tag || placeTags.includes(pair[0]);
    (names ? attributes : labels).push(pair);
  }
  return { resource: { id: resourceIdOf(tuple), ...tuple }, attributes: Object.fromEntries(attributes), labels: Object.fromEntries(labels) };
}

function uidOf(tags: ReadonlyMap<string, string>, source: string): { uid: string; tag?: string; kind: string } {
  const node = nodeTags.map((name) => tags.get(name));
  if (node.every((part) => part !== undefined)) return { uid: node.map((part) => part.replaceAll('%', '%25').replaceAll('/', '%2F')).join('/'), kind: 'host' };
  for (const tag of ['host', ...cloudIdTags]) {
    const uid = tags.get(tag);
    if (uid !== undefined) return { uid, tag, kind: 'host' };
  }
  return { uid: source, kind: 'sender' };
}
