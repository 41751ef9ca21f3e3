import { createHash } from 'node:crypto';
import type { Resource } from '@opsloop/contracts';

/** A host of the default tenant. Its id is stable for the same parts, and is not the one that domain/resource computes. */
export function buildResource(parts: Partial<Resource> = {}): Resource {
  const resource = { tenant: 'default', provider: 'none', region: 'none', kind: 'host', uid: 'web-1', ...parts };
  const tuple = [resource.tenant, resource.provider, resource.region, resource.kind, resource.uid].join('\n');
  return { ...resource, id: parts.id ?? createHash('sha256').update(tuple).digest('hex').slice(0, 26) };
}
