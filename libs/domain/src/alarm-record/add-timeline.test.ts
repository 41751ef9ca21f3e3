import { buildAlarmEvent } from '@opsloop/testing';
import { addTimeline, maxTimelineEntries } from './add-timeline.js';
import { applyTransition } from './apply-transition.js';

const nowMs = 1_700_000_100_000;
const alarm = applyTransition(undefined, buildAlarmEvent(), nowMs).alarm;

describe('the timeline of an alarm', () => {
  it('takes an entry once by what and ref, whatever its text and time', () => {
    const first = addTimeline(alarm, [{ atMs: 1, what: 'notice.sent', text: 'a', ref: 'n1' }], {}, nowMs)!;
    expect(addTimeline(first, [{ atMs: 2, what: 'notice.sent', text: 'b', ref: 'n1' }], {}, nowMs)).toBeUndefined();
    expect(addTimeline(first, [{ atMs: 2, what: 'notice.failed', text: 'b', ref: 'n1' }], {}, nowMs)?.timeline).toHaveLength(3);
  });

  it('is in the order of times, and keeps the newest', () => {
    const entries = Array.from({ length: maxTimelineEntries + 10 }, (_, index) => ({ atMs: 10_000 - index, what: 'x', text: String(index) }));
    const { timeline } = addTimeline(alarm, entries, {}, nowMs)!;
    expect(timeline).toHaveLength(maxTimelineEntries);
    expect(timeline.map((one) => one.atMs)).toEqual(timeline.map((one) => one.atMs).toSorted((a, b) => a - b));
    expect(timeline.at(-1)?.what).toBe('alarm.opened');
  });

  it('links work orders once', () => {
    const linked = addTimeline(alarm, [{ atMs: 1, what: 'work-order.requested', text: '', ref: 'w1' }, { atMs: 2, what: 'work-order.running', text: '', ref: 'w1' }], {}, nowMs)!;
    expect(linked.workOrders).toEqual(['w1']);
  });

  it('keeps the first time of a notice and the last of a verification', () => {
    const once = addTimeline(alarm, [], { notifiedMs: 5, verifiedMs: 5 }, nowMs)!;
    const twice = addTimeline(once, [], { notifiedMs: 9, verifiedMs: 9 }, nowMs)!;
    expect(twice.trace).toMatchObject({ notifiedMs: 5, verifiedMs: 9 });
    expect(addTimeline(twice, [], { notifiedMs: 11, verifiedMs: 9 }, nowMs)).toBeUndefined();
  });
});
