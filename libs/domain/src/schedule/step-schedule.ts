import type { ScheduleSpec, ScheduleState } from '@opsloop/contracts';
import { cronTimes, latestCronTimes } from './cron-times.js';
import { scheduledWorkOrderId } from './scheduled-work-order.js';

/** A time that nobody acted upon within this has been missed. */
const missedAfterMs = 60_000;
const mostMadeUpFor = 100;

export interface DueTimes {
  /** Ascending: one work order for each. */
  readonly open: readonly number[];
  /** Times that are not made up for, as far as they were looked at. */
  readonly missed: number;
  /** Undefined: never again. */
  readonly nextMs: number | undefined;
}

/** What is to be opened of a schedule whose oldest open time is `dueAtMs`, by its policy for missed times. Deterministic in its arguments. */
export function dueTimes(spec: Pick<ScheduleSpec, 'cron' | 'timeZone' | 'missed'>, { dueAtMs, nowMs }: { readonly dueAtMs: number; readonly nowMs: number }): DueTimes {
  const untilMs = Math.max(nowMs, dueAtMs);
  // What is stored was decided: it is due even if the clocks of the zone have been given other rules since.
  const times = [dueAtMs, ...latestCronTimes(spec, { afterMs: dueAtMs, untilMs, limit: mostMadeUpFor })];
  const inTime = times.filter((time) => time >= untilMs - missedAfterMs);
  const late = times.filter((time) => time < untilMs - missedAfterMs);
  const open = { skip: inTime, latest: inTime.length > 0 ? inTime : late.slice(-1), all: times.slice(-mostMadeUpFor) }[spec.missed];
  return { open, missed: times.length - open.length, nextMs: cronTimes(spec, { afterMs: untilMs, limit: 1 })[0] };
}

/** The state after the orders of these times were stored, or after the last of them could not be opened (`problem`). */
export function settleSchedule({ dueAtMs: _due, lastProblem: _problem, ...state }: ScheduleState, { open, missed, nextMs }: DueTimes, problem: string | undefined): ScheduleState {
  const last = open.at(-1);
  return {
    ...state,
    opened: state.opened + (problem === undefined ? open.length : 0),
    missed: state.missed + missed,
    ...(nextMs !== undefined && { dueAtMs: nextMs }),
    ...(last !== undefined && { lastAtMs: last }),
    ...(last !== undefined && problem === undefined && { lastWorkOrder: scheduledWorkOrderId(state.tenant, state.schedule, last) }),
    ...(problem !== undefined && { lastProblem: problem }),
  };
}

/**
 * The state after its definition was read: a new or changed schedule is due from that version on, one that was deleted
 * (`spec` null) no more. A time that had come before the change, and that nobody has dealt with, stays due. Undefined:
 * nothing changes. Every instance computes the same.
 */
export function readSchedule(state: ScheduleState | undefined, { id, tenant, schedule, version, sinceMs, spec }: { readonly id: string; readonly tenant: string; readonly schedule: string; readonly version: number; readonly sinceMs: number; readonly spec: ScheduleSpec | null }): ScheduleState | undefined {
  if (state && state.version >= version) return undefined;
  if (!state && !spec) return undefined;
  const { dueAtMs: waitingMs = Infinity, ...kept } = state ?? { id, tenant, schedule, version, opened: 0, missed: 0 };
  const due = spec && waitingMs <= sinceMs ? waitingMs : spec && cronTimes(spec, { afterMs: sinceMs, limit: 1 })[0];
  return { ...kept, version, ...(typeof due === 'number' && { dueAtMs: due }) };
}
