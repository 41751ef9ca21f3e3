import { fileURLToPath } from 'node:url';

export const policyName = 'fault-loud';
/** Of the hosts together: open while several are loud at once. They lie in three of the four partitions of conditions.v1, so that each of two owners has one. */
export const groupPolicyNames: readonly string[] = ['fault-crowd', 'fault-crowd-1', 'fault-crowd-2'];
/** Its step with the effect goes on for long enough to freeze its executor within it. */
export const holdPlaybook = 'fault-hold';
const holdMs = 12_000;

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
    {
      path: `playbooks/${holdPlaybook}`,
      body: { apiVersion, kind: 'Playbook', metadata: { name: holdPlaybook }, spec: { steps: [{ id: 'act', uses: 'local', run: [process.execPath, effect, effectsPath, String(holdMs)], timeout: '60s' }] } },
    },
    { path: 'scenarios/fault-repair', body: { apiVersion, kind: 'Scenario', metadata: { name: 'fault-repair' }, spec: { cooldown: '0s', maxRunsPerHour: 1000, levels: { critical: [{ do: 'work-order', playbook: 'fault-repair', approval: 'none' }] } } } },
    {
      path: `policies/${policyName}`,
      body: {
        apiVersion, kind: 'Policy', metadata: { name: policyName },
        spec: { metric: 'fault.value', aggregate: 'AVG', window: '1s', threshold: { critical: '> 50' }, hold: '0s', keepOpen: '0s', scenarios: ['fault-repair'], receivers: ['fault-mail'] },
      },
    },
    ...groupPolicyNames.map((name) => ({
      path: `policies/${name}`,
      body: {
        apiVersion, kind: 'Policy', metadata: { name },
        spec: { kind: 'group', metric: 'fault.value', aggregate: 'AVG', window: '1s', group: { where: '> 50', measure: 'count' }, threshold: { info: '> 1' } },
      },
    })),
  ];
}
