import { playbookSchema, workOrderSchema, type Alarm, type AlarmTransition, type Playbook, type WorkOrder } from '@opsloop/contracts';
import { alarmWorkOrder, alarmWorkOrderId, type AlarmWorkOrder } from './alarm-work-order.js';

const playbook = (spec: object = {}): Playbook =>
  playbookSchema.parse({ apiVersion: 'opsloop/v1', kind: 'Playbook', metadata: { name: 'restart', title: { en: 'Restart nginx', ko: '재기동' } }, spec: { steps: [{ id: 'a', uses: 'local', run: ['restart'] }], ...spec } });

const transition = {
  occurrence: 't/o', transition: 1, level: 'critical', reason: 'health.up is 0', resourceName: 'web-1', resource: { id: 'res1' }, attributes: { software: 'nginx', version: '1.24', os: 'linux' },
  trace: { sampleMs: 1, arrivalMs: 2, judgedMs: 3 },
} as unknown as AlarmTransition;
const alarm = { id: 't/o', tenant: 't', policy: 'nginx-up' } as Alarm;

function open(more: Partial<AlarmWorkOrder> = {}): WorkOrder | string {
  return alarmWorkOrder({ alarm, transition, scenario: 'heal', stepId: 'critical.0', step: { do: 'work-order', playbook: 'restart', approval: 'none' }, playbook: playbook(), playbookVersion: 2, nowMs: 5_000, ...more });
}

describe('alarmWorkOrder', () => {
  it('opens an order that is ready at once where nobody must approve', () => {
    const order = open() as WorkOrder;
    expect(workOrderSchema.parse(order)).toEqual(order);
    expect(order).toMatchObject({
      id: alarmWorkOrderId('t', 't/o', 'heal', 'critical.0'), state: 'ready', origin: 'alarm', type: 'incident', title: 'Restart nginx: web-1', requester: 'scenario heal', alarm: 't/o', scenario: 'heal',
      dueAtMs: 5_000, runNumber: 1, targets: [{ id: 'res1', name: 'web-1', resource: 'res1', address: { host: 'web-1' }, software: 'nginx', version: '1.24' }], trace: { judgedMs: 3, workOrderMs: 5_000 },
    });
    expect(order.timeline.map((one) => one.what)).toEqual(['work-order.requested', 'work-order.ready']);
    expect(order.pendingEvents.map((one) => one.event.id)).toEqual([`${order.id}#1.1`, `${order.id}#1.2`]);
  });

  it('is the same order for the same occurrence, scenario and step, and another for others', () => {
    const ids = [alarmWorkOrderId('t', 'o', 's', 'critical.0'), alarmWorkOrderId('t', 'o2', 's', 'critical.0'), alarmWorkOrderId('t', 'o', 's2', 'critical.0'), alarmWorkOrderId('t', 'o', 's', 'critical.1'), alarmWorkOrderId('u', 'o', 's', 'critical.0')];
    expect(new Set(ids).size).toBe(5);
    expect(alarmWorkOrderId('t', 'o', 's', 'critical.0')).toBe(ids[0]);
  });

  it.each([
    ['none', undefined, 'ready'],
    ['none', 'required', 'requested'],
    ['required', 'none', 'requested'],
    ['required', undefined, 'requested'],
  ] as const)('takes the stricter approval: step %s, playbook %s -> %s', (step, book, state) => {
    expect(open({ step: { do: 'work-order', playbook: 'restart', approval: step }, playbook: playbook(book ? { approval: book } : {}) })).toMatchObject({ state });
  });

  it('says why a playbook cannot run there', () => {
    expect(open({ playbook: playbook({ for: { class: 'MW', software: 'tomcat' } }) })).toBe('targets.0: playbook restart is for software tomcat, and web-1 is nginx');
    expect(open({ playbook: playbook({ inputs: { port: { type: 'number' } } }) })).toMatch(/jobs.0.inputs.port: is missing/);
  });

  it('lets the scenario say where the target is reached', () => {
    expect(open({ step: { do: 'work-order', playbook: 'restart', approval: 'none', runner: { url: 'http://x' } } })).toMatchObject({ targets: [{ address: { host: 'web-1', url: 'http://x' } }] });
  });
});
