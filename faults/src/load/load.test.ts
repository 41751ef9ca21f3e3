import { topics } from '@opsloop/contracts';
import { groupKeyOfReport, resourceIdOf } from '@opsloop/domain';
import { partitionOf } from '@opsloop/ports';
import { groupPolicyNames } from './definitions.js';
import { logHosts } from './load.js';

/** Two processes share the partitions evenly, whichever: what lies in more than half of them concerns both, so that either can be killed at it. */
const isSharedByTwo = (keys: readonly string[], partitions: number): boolean => new Set(keys.map((key) => partitionOf(key, partitions))).size > partitions / 2;

it('whichever half of logs.raw an aggregator owns, a log is in it', () => {
  const keys = logHosts.map((uid) => `default/${resourceIdOf({ tenant: 'default', provider: 'local', region: 'default', kind: 'host', uid })}`);
  expect(isSharedByTwo(keys, topics.logs.partitions)).toBe(true);
});

it('whichever half of conditions.v1 a trigger owns, a group of hosts is in it', () => {
  const keys = groupPolicyNames.map((policy) => groupKeyOfReport({ tenant: 'default', policy, group: {} }));
  expect(isSharedByTwo(keys, topics.conditions.partitions)).toBe(true);
});
