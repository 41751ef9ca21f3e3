import { z } from 'zod';
import { cloudEvent, pendingEventsShape } from '../cloud-event.js';
import { playbookSchema } from '../definition/playbook.js';
import { timelineEntrySchema, traceSchema } from './alarm.js';

export const workOrderStates = [
  'draft', 'requested', 'approved', 'rejected', 'assigned', 'ready', 'running',
  'succeeded', 'failed', 'partly-failed', 'cancelled', 'timed-out', 'unknown',
  'verified', 'not-verified', 'closed',
] as const;
export const workOrderStateSchema = z.enum(workOrderStates);
export type WorkOrderState = z.infer<typeof workOrderStateSchema>;

/** An instance of a software on a host: two instances on one host are two targets. */
export const targetSchema = z.object({
  id: z.string(),
  name: z.string(),
  resource: z.string().optional().describe('resource id; needed for verification'),
  address: z.record(z.string(), z.string()).default({}).describe('what its runner needs: url, host, port ...'),
  service: z.string().optional(),
  ip: z.string().optional(),
  instance: z.string().optional(),
  class: z.string().optional(),
  category: z.string().optional(),
  software: z.string().optional(),
  version: z.string().optional(),
});
export type Target = z.infer<typeof targetSchema>;

export const jobSchema = z.object({
  order: z.number().int().min(1),
  playbook: z.string(),
  playbookVersion: z.number().int(),
  inputs: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});
export type Job = z.infer<typeof jobSchema>;

export const verificationSchema = z.object({
  policy: z.string(),
  holdsMs: z.number(),
  deadlineMs: z.number(),
  targets: z.array(
    z.object({
      target: z.string(),
      outcome: z.enum(['waiting', 'verified', 'not-verified', 'no-fresh-data', 'self-healed']),
      reason: z.string(),
      /** The windows it was judged by, newest last, at most 50. */
      evidence: z.array(z.object({ startMs: z.number(), endMs: z.number(), value: z.number(), ok: z.boolean() })),
      atMs: z.number().optional(),
    }),
  ),
});
export type Verification = z.infer<typeof verificationSchema>;

/** Collection `work-orders`. Moved only along the transition table of domain/work-order. */
export const workOrderSchema = z.object({
  id: z.string(),
  tenant: z.string(),
  type: z.enum(['change', 'incident', 'inspection', 'collection', 'security']),
  origin: z.enum(['person', 'schedule', 'alarm']),
  title: z.string(),
  content: z.string(),
  service: z.string().optional(),
  ticket: z.object({ state: z.enum(['assigned', 'unassigned', 'unregistered', 'none']), id: z.string().optional() }),
  sop: z.string().optional(),
  state: workOrderStateSchema,
  approval: z.enum(['none', 'required']),
  targets: z.array(targetSchema).min(1),
  jobs: z.array(jobSchema).min(1),
  requester: z.string(),
  approver: z.string().optional(),
  assignee: z.string().optional(),
  desiredAtMs: z.number().optional(),
  createdAtMs: z.number(),
  changedAtMs: z.number(),
  runEndedAtMs: z.number().optional(),
  cancelRequested: z.boolean(),
  alarm: z.string().optional().describe('occurrence that opened it'),
  scenario: z.string().optional(),
  run: z.string().optional().describe('newest run'),
  runs: z.array(z.string()),
  result: z.string().optional(),
  verification: verificationSchema.optional(),
  timeline: z.array(timelineEntrySchema),
  trace: traceSchema.partial(),
  ...pendingEventsShape,
});
export type WorkOrder = z.infer<typeof workOrderSchema>;

export const workOrderEventSchema = cloudEvent(
  ['work-order.created', 'work-order.changed'],
  z.object({
    tenant: z.string(),
    workOrder: z.string(),
    state: workOrderStateSchema,
    previousState: workOrderStateSchema.optional(),
    title: z.string(),
    by: z.string(),
    reason: z.string(),
    alarm: z.string().optional(),
    run: z.string().optional(),
  }),
);
export type WorkOrderEvent = z.infer<typeof workOrderEventSchema>;

export const attemptStates = ['waiting', 'running', 'ok', 'changed', 'failed', 'unreachable', 'skipped', 'timed-out', 'cancelled', 'unknown'] as const;
export const attemptStateSchema = z.enum(attemptStates);
export type AttemptState = z.infer<typeof attemptStateSchema>;

/** One try of one step on one target. A retry is a new attempt. */
export const attemptSchema = z.object({
  attempt: z.number().int().min(1),
  state: attemptStateSchema,
  startedAtMs: z.number().optional(),
  endedAtMs: z.number().optional(),
  exitCode: z.number().optional(),
  reason: z.string().optional(),
  detail: z.string().optional(),
  output: z.string().describe('the last 16 KiB; all of it is in the log chunks').default(''),
});
export type Attempt = z.infer<typeof attemptSchema>;

export const stepResultSchema = z.object({ step: z.string(), kind: z.enum(['step', 'rollback']), state: attemptStateSchema, attempts: z.array(attemptSchema) });
export type StepResult = z.infer<typeof stepResultSchema>;

export const targetResultSchema = z.object({ target: z.string(), job: z.number().int(), state: attemptStateSchema, steps: z.array(stepResultSchema) });
export type TargetResult = z.infer<typeof targetResultSchema>;

/** Collection `runs`. One execution of a work order. Owned by the executor that claimed it. */
export const runSchema = z.object({
  id: z.string(),
  tenant: z.string(),
  workOrder: z.string(),
  number: z.number().int().min(1),
  retryOf: z.string().optional(),
  state: z.enum(['waiting', 'running', 'succeeded', 'failed', 'partly-failed', 'cancelled', 'timed-out', 'unknown']),
  executor: z.string().optional(),
  jobs: z.array(z.object({ order: z.number().int(), playbookVersion: z.number().int(), playbook: playbookSchema, inputs: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])) })).describe('copied at the start'),
  targets: z.array(targetSchema),
  results: z.array(targetResultSchema),
  createdAtMs: z.number(),
  startedAtMs: z.number().optional(),
  endedAtMs: z.number().optional(),
  ...pendingEventsShape,
});
export type Run = z.infer<typeof runSchema>;

/** Collection `run-logs`. Append only: id = run/target/job/step/attempt/number. */
export const runLogSchema = z.object({
  id: z.string(),
  tenant: z.string(),
  run: z.string(),
  target: z.string(),
  job: z.number().int(),
  step: z.string(),
  attempt: z.number().int(),
  number: z.number().int(),
  stream: z.enum(['stdout', 'stderr']),
  atMs: z.number(),
  text: z.string(),
});
export type RunLog = z.infer<typeof runLogSchema>;

export const runEventSchema = cloudEvent(
  ['run.started', 'run.step-changed', 'run.log', 'run.ended'],
  z.object({
    tenant: z.string(),
    run: z.string(),
    workOrder: z.string(),
    state: z.string().optional(),
    target: z.string().optional(),
    job: z.number().optional(),
    step: z.string().optional(),
    attempt: z.number().optional(),
    stream: z.enum(['stdout', 'stderr']).optional(),
    text: z.string().optional(),
  }),
);
export type RunEvent = z.infer<typeof runEventSchema>;
