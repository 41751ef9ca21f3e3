import { fileURLToPath } from 'node:url';
import type { Definition } from '@opsloop/contracts';

export const demoServiceName = 'opsloop-demo';
export const demoPolicyName = 'demo-service-up';

/** What watches and heals the demo service: the same kinds of definitions that users write. */
export function demoDefinitions(folder: string): Definition[] {
  const control = (action: string): string[] => [process.execPath, fileURLToPath(new URL('./demo-control.js', import.meta.url)), action, folder];
  return [
    {
      apiVersion: 'opsloop/v1',
      kind: 'Policy',
      metadata: { name: demoPolicyName, title: { en: 'The demo service answers', ko: '데모 서비스 응답' } },
      spec: {
        kind: 'threshold',
        metric: 'health.up',
        aggregate: 'MIN',
        window: '10s',
        target: { match: { host: demoServiceName } },
        threshold: { critical: '< 1' },
        hold: '0s',
        keepOpen: '0s',
        noData: 'keep-last',
        scenarios: ['restart-demo'],
        receivers: ['on-call'],
      },
    },
    {
      apiVersion: 'opsloop/v1',
      kind: 'Scenario',
      metadata: { name: 'restart-demo', title: { en: 'Restart the demo service', ko: '데모 서비스 재기동' } },
      spec: { cooldown: '30s', maxRunsPerHour: 60, levels: { critical: [{ do: 'work-order', playbook: 'demo.service.restart', approval: 'none' }] } },
    },
    {
      apiVersion: 'opsloop/v1',
      kind: 'Playbook',
      metadata: { name: 'demo.service.restart', title: { en: 'Restart the demo service', ko: '데모 서비스 재기동' } },
      spec: {
        for: { class: 'MW', category: 'web', software: 'opsloop-demo', versions: '*' },
        inputs: {},
        strategy: { canary: 1 },
        steps: [
          { id: 'check', uses: 'local', run: control('status'), timeout: '10s', idempotent: true, failedWhen: 'false' },
          { id: 'restart', uses: 'local', run: control('start'), timeout: '30s', idempotent: true, failedWhen: 'non-zero-exit' },
          { id: 'state', uses: 'local', run: control('status'), timeout: '10s', idempotent: true, failedWhen: 'non-zero-exit', retry: { attempts: 3, delay: '1s' } },
        ],
        verify: { policy: demoPolicyName, holds: '10s', within: '2m' },
      },
    },
  ];
}
