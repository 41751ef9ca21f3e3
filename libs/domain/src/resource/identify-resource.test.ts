import { identifyResource } from './identify-resource.js';
import { resourceIdOf } from './resource-id.js';

const identify = (tags: Record<string, string>, tenant = 'default') => identifyResource(tenant, 'agents', new Map(Object.entries(tags)));

describe('identifyResource', () => {
  it.each([
    ['three ids of a node', { ns_id: 'ns-1', infra_id: 'infra-7', node_id: 'node-3', host: 'web-1' }, 'ns-1/infra-7/node-3', 'host'],
    ['a node id with a slash', { ns_id: 'a/b', infra_id: 'c', node_id: '50%' }, 'a%2Fb/c/50%25', 'host'],
    ['two of three ids are none', { ns_id: 'ns-1', node_id: 'node-3', host: 'web-1' }, 'web-1', 'host'],
    ['host before a cloud id', { host: 'web-1', instance_id: 'i-1' }, 'web-1', 'host'],
    ['a cloud id', { instance_id: 'i-1', cpu: 'cpu0' }, 'i-1', 'host'],
    ['the first of several cloud ids', { resource_id: 'r', vm_id: 'v' }, 'v', 'host'],
    ['a kind of its own', { host: 'db-1', kind: 'database' }, 'db-1', 'database'],
    ['nothing at all', { room: 'kitchen' }, 'agents', 'sender'],
  ])('finds %s', (_, tags, uid, kind) => {
    expect(identify(tags).resource).toMatchObject({ tenant: 'default', uid, kind });
  });

  it('takes provider and region from tags, with defaults', () => {
    expect(identify({ host: 'a' }).resource).toMatchObject({ provider: 'local', region: 'default' });
    expect(identify({ host: 'a', provider: 'aws', cloud: 'x', region: 'eu-west-1' }).resource).toMatchObject({ provider: 'aws', region: 'eu-west-1' });
    expect(identify({ host: 'a', cloud: 'gcp' }).resource.provider).toBe('gcp');
  });

  it('makes identity tags attributes and leaves all others as labels, sorted', () => {
    const { attributes, labels } = identify({ path: '/', host: 'web-1', region: 'kr', device: 'sda1', instance_id: 'i-1' });
    expect(attributes).toEqual({ host: 'web-1', region: 'kr' });
    expect(Object.entries(labels)).toEqual([['device', 'sda1'], ['instance_id', 'i-1'], ['path', '/']]);
    expect(identify({ instance_id: 'i-1', disk: 'x' }).attributes).toEqual({ instance_id: 'i-1' });
  });

  it('never takes the tenant from a tag, and gives tenants different ids', () => {
    const here = identify({ host: 'web-1', tenant: 'other' });
    expect(here.resource.tenant).toBe('default');
    expect(identify({ host: 'web-1' }, 'other').resource.id).not.toBe(here.resource.id);
  });
});

describe('resourceIdOf', () => {
  it('is 128 bits of SHA-256 in base32', () => {
    // printf '["default","local","default","host","web-1"]' | sha256sum | cut -c1-32 | xxd -r -p | base32
    expect(resourceIdOf({ tenant: 'default', provider: 'local', region: 'default', kind: 'host', uid: 'web-1' })).toBe('tl6an6buaxhaddhpwgxiusmfsy');
  });
});
