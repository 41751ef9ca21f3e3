import type { Alarm, TimelineEntry, Trace } from '@opsloop/contracts';
import { shortHash } from '../notice/identity-of.js';
import { noteAlarm } from './note-alarm.js';

/** Older entries fall out; the transitions keep the history of states. */
export const maxTimelineEntries = 500;

/**
 * Adds entries to the timeline of an alarm, each once (by `what` and `ref`; without a ref by `what`, time and text), in
 * the order of their times. An entry about a work order links it. `notifiedMs` and `workOrderMs` of the trace keep the
 * first time, the others the last. Undefined when nothing is new.
 */
export function addTimeline(alarm: Alarm, entries: readonly TimelineEntry[], tracePatch: Partial<Trace>, nowMs: number): Alarm | undefined {
  const known = new Set(alarm.timeline.map(lineOf));
  const added: TimelineEntry[] = [];
  for (const entry of entries) {
    if (known.has(lineOf(entry))) continue;
    known.add(lineOf(entry));
    added.push(entry);
  }
  const trace = patchTrace(alarm.trace, tracePatch);
  if (added.length === 0 && trace === undefined) return undefined;
  const timeline = [...alarm.timeline, ...added].toSorted((a, b) => a.atMs - b.atMs).slice(-maxTimelineEntries);
  const workOrders = new Set([...alarm.workOrders, ...added.flatMap((one) => (one.what.startsWith('work-order.') && one.ref ? [one.ref] : []))]);
  const next: Alarm = { ...alarm, timeline, workOrders: [...workOrders], trace: trace ?? alarm.trace };
  const last = added.at(-1);
  return last ? noteAlarm(next, { type: 'alarm.recorded', what: last.what, key: shortHash(lineOf(last)), nowMs, by: last.by }) : next;
}

function lineOf(entry: TimelineEntry): string {
  return entry.ref === undefined ? `${entry.what}|${entry.atMs}|${entry.text}` : `${entry.what}|${entry.ref}`;
}

const firstCounts: readonly (keyof Trace)[] = ['notifiedMs', 'workOrderMs'];

function patchTrace(trace: Trace, patch: Partial<Trace>): Trace | undefined {
  const next: Trace = { ...trace };
  let changed = false;
  for (const key of Object.keys(patch) as (keyof Trace)[]) {
    const value = patch[key];
    if (value === undefined || trace[key] === value || (firstCounts.includes(key) && trace[key] !== undefined)) continue;
    next[key] = value;
    changed = true;
  }
  return changed ? next : undefined;
}
