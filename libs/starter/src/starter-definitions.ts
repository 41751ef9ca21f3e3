import type { Definition, PolicySpec } from '@opsloop/contracts';

/** What a new installation begins with. Applied once; people change or delete it as they like. */
export function starterDefinitions(): Definition[] {
  return [
    {
      apiVersion: 'opsloop/v1',
      kind: 'Receiver',
      metadata: { name: 'on-call', title: { en: 'On call', ko: '당직' } },
      spec: { channel: 'mail', to: ['on-call@localhost.localdomain'], language: 'en', groupBy: ['policy'], groupWait: '0s', groupInterval: '1m', sendResolved: true },
    },
    policy('cpu-high', { en: 'CPU is busy', ko: 'CPU 사용률 높음' }, { metric: 'cpu.utilisation', threshold: { warn: '> 85', critical: '> 95', recover: '< 80' }, hold: '5m' }),
    policy('memory-high', { en: 'Memory is short', ko: '메모리 사용률 높음' }, { metric: 'mem.used_percent', threshold: { warn: '> 90', critical: '> 97', recover: '< 88' }, hold: '5m' }),
    policy('disk-full', { en: 'A file system fills up', ko: '파일시스템 사용률 높음' }, { metric: 'disk.used_percent', threshold: { warn: '> 85', critical: '> 95', recover: '< 83' }, hold: '5m' }),
  ];
}

function policy(name: string, title: Record<string, string>, spec: Pick<PolicySpec, 'metric' | 'threshold' | 'hold'>): Definition {
  return {
    apiVersion: 'opsloop/v1',
    kind: 'Policy',
    metadata: { name, title },
    spec: { kind: 'threshold', aggregate: 'AVG', window: '1m', target: {}, keepOpen: '1m', repeat: '4h', noData: 'keep-last', scenarios: [], receivers: ['on-call'], ...spec },
  };
}
