import type { WorkOrderRecord } from '../api/records.js';

/** What came of a playbook so far, among the work orders that are given (newest first). */
export interface PlaybookRecord {
  readonly orders: readonly WorkOrderRecord[];
  /** Repairs that ended with a judgement, and those of them that were verified. */
  readonly judged: number;
  readonly verified: number;
}

export function playbookRecord(orders: readonly WorkOrderRecord[], name: string): PlaybookRecord {
  const own = orders.filter((order) => order.runs.length > 0 && order.jobs.some((job) => job.playbook === name));
  const outcomes = own.flatMap((order) => order.verification?.targets.map((one) => one.outcome) ?? []).filter((outcome) => outcome !== 'waiting');
  return { orders: own, judged: outcomes.length, verified: outcomes.filter((outcome) => outcome === 'verified').length };
}
