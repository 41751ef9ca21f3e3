import { fileURLToPath } from 'node:url';

export const policyName = 'fault-loud';
/** Of the hosts together: opens while several are loud at once. */
export const groupPolicyName = 'fault-crowd';

/** What the fault runs apply: loud hosts open an alarm, mail goes out, a work order with a step that must not run twice follows. */
export function faultDefinitions(effectsPath: string, effectMs: number): { readonly path: string; readonly body: object }[] {
  const effect = fileURLToPath(new URL('./effect.js', import.meta.url));
  const apiVersion = 'opsloop/v1';
  return [
    { path: 'receivers/fault-mail', body: { apiVersion, kind: 'Receiver', metadata: { name: 'fault-mail' }, spec: { channel: 'mail', to: ['ops@example.org'], groupBy: ['policy', 'resource'], groupWait: '0s', groupInterval: '1s' } } },
    {
      path: 'playbooks/fault-repair',
      body: {
        apiVersion, kind: 'Playbook', metadata: { name: 'fault-repair' },
        spec: {
          steps: [
            { id: 'look', uses: 'local', run: [process.execPath, '--version'], idempotent: true },
            { id: 'act', uses: 'local', run: [process.execPath, effect, effectsPath, String(effectMs)], timeout: '20s' },
          ],
          verify: { policy: policyName, holds: '1s', within: '30s' },
        },
      },
    },
    { path: 'scenarios/fault-repair', body: { apiVersion, kind: 'Scenario', metadata: { name: 'fault-repair' }, spec: { cooldown: '0s', maxRunsPerHour: 1000, levels: { critical: [{ do: 'work-order', playbook: 'fault-repair', approval: 'none' }] } } } },
    {
      path: `policies/${policyName}`,
      body: {
        apiVersion, kind: 'Policy', metadata: { name: policyName },
        spec: { metric: 'fault.value', aggregate: 'AVG', window: '1s', threshold: { critical: '> 50' }, hold: '0s', keepOpen: '0s', scenarios: ['fault-repair'], receivers: ['fault-mail'] },
      },
    },
    {
      path: `policies/${groupPolicyName}`,
      body: {
        apiVersion, kind: 'Policy', metadata: { name: groupPolicyName },
        spec: { kind: 'group', metric: 'fault.value', aggregate: 'AVG', window: '1s', group: { where: '> 50', measure: 'count' }, threshold: { info: '> 1' } },
      },
    },
  ];
}
