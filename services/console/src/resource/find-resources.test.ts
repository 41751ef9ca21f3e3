import type { ResourceAnswer } from '@opsloop/contracts';
import { findResources } from './find-resources.js';

const resource = (name: string, level: ResourceAnswer['level'], more: Partial<ResourceAnswer> = {}) => ({ name, level, resourceId: name, kind: 'host', provider: 'aws', region: 'kr', attributes: {}, ...more }) as ResourceAnswer;
const all = [resource('web-02', null), resource('web-01', null), resource('db-01', 'warn', { attributes: { team: 'data' } }), resource('shop', 'critical', { kind: 'service' })];

test('the worst comes first, then names', () => {
  expect(findResources(all, '', undefined).map((one) => one.name)).toEqual(['shop', 'db-01', 'web-01', 'web-02']);
});

test('every word must be found, in name or attributes; the kind narrows', () => {
  expect(findResources(all, 'team=data kr', undefined).map((one) => one.name)).toEqual(['db-01']);
  expect(findResources(all, 'web', 'service')).toEqual([]);
});
