import type { Alarm, Api, Attempt, AttemptState, Level, Notice, Run, StepResult, TargetResult, WorkOrder, WorkOrderState } from '@opsloop/contracts';

/** Records as the API shows them: points in time are ISO 8601. */
export type AlarmRecord = Api<Alarm>;
export type NoticeRecord = Api<Notice>;
export type WorkOrderRecord = Api<WorkOrder>;
export type RunRecord = Api<Run>;
export type TargetResultRecord = Api<TargetResult>;
export type StepResultRecord = Api<StepResult>;
export type AttemptRecord = Api<Attempt>;
export type { AttemptState, Level, WorkOrderState };

/** The hash of `tenant/hash`: what addresses show. */
export function shortId(id: string): string {
  return id.slice(id.indexOf('/') + 1);
}

/** The whole id of an address: those written by others may hold it whole already. */
export function fullId(tenant: string, id: string): string {
  return id.includes('/') ? id : `${tenant}/${id}`;
}
