import type { Alarm, Notice, Playbook, ResourceRecord, Run, WorkOrder } from '@opsloop/contracts';
import { alarmId, buildAlarm } from './alarms.js';
import { buildNotice } from './notices.js';
import { buildOrder, buildRun, targetOf } from './work-orders.js';

export interface Incident {
  readonly outage: { fromMs: number; toMs: number };
  readonly alarm: Alarm;
  readonly order: WorkOrder;
  readonly run: Run;
  readonly notices: readonly Notice[];
}

/** The demo service stopped at a time, and the loop healed it: every record as it is when all is over. */
export function healedIncident(resource: ResourceRecord, playbook: { readonly playbook: Playbook; readonly version: number }, stoppedAtMs: number): Incident {
  const windowMs = Math.floor(stoppedAtMs / 10_000) * 10_000;
  const openedAtMs = windowMs + 10_000;
  const id = alarmId('demo-service-up', resource.name, windowMs);
  const startedAtMs = openedAtMs + 2_900;
  const draft = buildOrder({ title: 'Restart the demo service on opsloop-demo', state: 'verified', origin: 'alarm', requester: 'opsloop', scenario: 'restart-demo', alarm: id, targets: [targetOf(resource)], jobs: [{ order: 1, playbook: 'demo.service.restart', playbookVersion: playbook.version, inputs: {} }], createdAtMs: openedAtMs + 2_400 });
  const run = buildRun(draft, playbook, { startedAtMs, state: 'succeeded', targets: [[['ok', 310], ['changed', 1_240], ['ok', 330]]] });
  const runEndedAtMs = run.endedAtMs!;
  const firstFreshMs = Math.ceil(runEndedAtMs / 10_000) * 10_000;
  const verifiedMs = firstFreshMs + 12_100;
  const order: WorkOrder = {
    ...draft, run: run.id, runs: [run.id], runNumber: 1, changedAtMs: verifiedMs, runEndedAtMs, result: '1 ok', targetStates: [{ target: resource.resourceId, state: 'ok', run: run.id }],
    verification: {
      run: run.id, sinceMs: runEndedAtMs, policy: 'demo-service-up', holdsMs: 10_000, deadlineMs: runEndedAtMs + 120_000,
      targets: [{ target: resource.resourceId, policy: 'demo-service-up', holdsMs: 10_000, deadlineMs: runEndedAtMs + 120_000, outcome: 'verified', reason: 'no level of demo-service-up matched for 10s after the run', evidence: [{ startMs: firstFreshMs, endMs: firstFreshMs + 10_000, value: 1, ok: true }], atMs: verifiedMs }],
    },
    timeline: [
      { atMs: openedAtMs + 2_400, what: 'work-order.requested', text: 'requested by opsloop: demo-service-up is critical on opsloop-demo', by: 'opsloop' },
      { atMs: openedAtMs + 2_520, what: 'work-order.ready', text: 'no approval is needed', by: 'opsloop' },
      { atMs: startedAtMs, what: 'work-order.running', text: 'run 1 started', ref: run.id, by: 'executor' },
      { atMs: runEndedAtMs, what: 'work-order.succeeded', text: '1 ok', ref: run.id, by: 'executor' },
      { atMs: verifiedMs, what: 'work-order.verified', text: 'no level of demo-service-up matched for 10s after the run', by: 'opsloop' },
    ],
  };
  const resolvedAtMs = firstFreshMs + 10_000;
  const notices = [
    buildNotice({ kind: 'alarm', level: 'critical', subject: '[critical] opsloop-demo: The demo service answers', text: 'The demo service answers: critical on opsloop-demo.\n\nhealth.up (lowest) is 0, the threshold is "< 1".\n\nWhat happens now: the scenario restart-demo restarts it.\n', createdAtMs: openedAtMs + 2_300, alarmIds: [id] }),
    buildNotice({ kind: 'resolved', level: 'critical', subject: '[resolved] opsloop-demo: The demo service answers', text: 'The demo service answers again on opsloop-demo. It was critical for 30 s.\n', createdAtMs: resolvedAtMs + 2_500, alarmIds: [id] }),
  ];
  const alarm = buildAlarm(
    { policy: 'demo-service-up', resource, metric: 'health.up', unit: 'bool', aggregate: 'MIN', level: 'critical', value: 0, threshold: '< 1', reason: 'health.up is 0, "< 1" holds', pendingSinceMs: windowMs, openedAtMs, resolvedAtMs },
    [
      { atMs: openedAtMs + 2_390, what: 'notice.outbox', text: 'mail to on-call is kept in the outbox', ref: notices[0]!.id },
      { atMs: openedAtMs + 2_400, what: 'work-order.requested', text: 'Restart the demo service on opsloop-demo', ref: order.id },
      { atMs: startedAtMs, what: 'work-order.running', text: 'run 1 started', ref: order.id },
      { atMs: runEndedAtMs, what: 'work-order.succeeded', text: '1 ok', ref: order.id },
      { atMs: verifiedMs, what: 'work-order.verified', text: 'no level of demo-service-up matched for 10s after the run', ref: order.id },
      { atMs: resolvedAtMs + 2_590, what: 'notice.outbox', text: 'mail to on-call is kept in the outbox', ref: notices[1]!.id },
    ],
    { workOrders: [order.id], scenarios: ['restart-demo'] },
  );
  return {
    outage: { fromMs: stoppedAtMs, toMs: startedAtMs + 1_700 },
    alarm: { ...alarm, trace: { sampleMs: openedAtMs - 800, arrivalMs: openedAtMs + 2_010, judgedMs: openedAtMs + 2_060, recordedMs: openedAtMs + 2_180, notifiedMs: openedAtMs + 2_390, workOrderMs: openedAtMs + 2_400, runEndedMs: runEndedAtMs, verifiedMs } },
    order,
    run,
    notices,
  };
}
