import type { WorkOrder, WorkOrderEvent } from '@opsloop/contracts';
import { toTimeline } from './to-timeline.js';

const order = { id: 't/w', alarm: 't/a', run: 't/w-r2', runs: ['t/w-r1', 't/w-r2'], runEndedAtMs: 777, verification: { targets: [{ outcome: 'no-fresh-data' }] } } as unknown as WorkOrder;

function event(previousState: string | undefined, state: string, run: string | undefined): WorkOrderEvent {
  return { time: '2026-01-01T00:00:05.000Z', type: previousState ? 'work-order.changed' : 'work-order.created', data: { tenant: 't', workOrder: 't/w', state, previousState, title: 'x', by: 'ann', reason: 'why', run } } as WorkOrderEvent;
}

describe('toTimeline', () => {
  it.each([
    [undefined, 'requested', undefined, 'work-order.requested', 't/w', {}],
    ['requested', 'approved', undefined, 'work-order.approved', 't/w', {}],
    ['ready', 'running', 't/w-r1', 'work-order.running', 't/w', {}],
    ['running', 'failed', 't/w-r1', 'work-order.failed', 't/w', {}],
    ['failed', 'ready', 't/w-r1', 'work-order.ready', 't/w', {}],
    ['ready', 'running', 't/w-r2', 'run.started', 't/w-r2', {}],
    ['running', 'succeeded', 't/w-r2', 'run.ended', 't/w-r2', { runEndedMs: 777 }],
    ['succeeded', 'verified', 't/w-r2', 'verification.verified', 't/w-r2', { verifiedMs: Date.UTC(2026, 0, 1, 0, 0, 5) }],
    ['succeeded', 'verified', 't/w-r1', 'work-order.verified', 't/w', { verifiedMs: Date.UTC(2026, 0, 1, 0, 0, 5) }],
    ['running', 'running', 't/w-r1', 'work-order.cancel-requested', 't/w', {}],
    ['unknown', 'unknown', 't/w-r2', 'verification.no-fresh-data', 't/w-r2', {}],
  ])('%s -> %s of run %s is %s', (from, to, run, what, ref, trace) => {
    expect(toTimeline(event(from, to, run), order)).toEqual({ entries: [{ atMs: Date.UTC(2026, 0, 1, 0, 0, 5), what, text: 'why', ref, by: 'ann' }], trace });
  });
});
