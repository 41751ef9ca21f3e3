import { z } from 'zod';
import { cloudEvent, pendingEventsShape } from '../cloud-event.js';
import { nameSchema } from '../definition/metadata.js';
import { playbookSchema } from '../definition/playbook.js';
import { levelSchema } from '../definition/policy.js';
import { timelineEntrySchema, traceSchema } from './alarm.js';

export const workOrderStates = [
  'draft', 'requested', 'approved', 'rejected', 'assigned', 'ready', 'running',
  'succeeded', 'failed', 'partly-failed', 'cancelled', 'timed-out', 'unknown',
  'verified', 'not-verified', 'closed',
] as const;
export const workOrderStateSchema = z.enum(workOrderStates);
export type WorkOrderState = z.infer<typeof workOrderStateSchema>;

export const attemptStates = ['waiting', 'running', 'ok', 'changed', 'failed', 'unreachable', 'skipped', 'timed-out', 'cancelled', 'unknown'] as const;
export const attemptStateSchema = z.enum(attemptStates);
export type AttemptState = z.infer<typeof attemptStateSchema>;

const shortText = z.string().max(256);
/** Ids and names end up in log keys and environment variables. */
const plainText = z.string().min(1).max(256).regex(/^[^\p{Cc}]*$/u, { error: 'holds a control character' });

/** An instance of a software on a host: two instances on one host are two targets. */
export const targetSchema = z.strictObject({
  id: plainText,
  name: plainText,
  resource: shortText.optional().describe('resource id; needed for verification'),
  address: z.record(shortText, z.string().max(2_048)).default({}).describe('what its runner needs: url, host, port ...'),
  service: shortText.optional(),
  ip: shortText.optional(),
  instance: shortText.optional(),
  class: shortText.optional(),
  category: shortText.optional(),
  software: shortText.optional(),
  version: shortText.optional(),
});
export type Target = z.infer<typeof targetSchema>;

export const inputValuesSchema = z.record(z.string().max(120), z.union([z.string().max(4_096), z.number(), z.boolean()]));
export type InputValues = z.infer<typeof inputValuesSchema>;

export const jobSchema = z.object({
  order: z.number().int().min(1),
  playbook: z.string(),
  playbookVersion: z.number().int(),
  inputs: inputValuesSchema,
});
export type Job = z.infer<typeof jobSchema>;

export const verificationSchema = z.object({
  run: z.string().describe('the run that is judged'),
  sinceMs: z.number().describe('end of the run: windows that began before it prove nothing'),
  policy: z.string().describe('of several jobs, the last that names one'),
  holdsMs: z.number(),
  deadlineMs: z.number().describe('what no window that ended by then proves is not-verified, or no-fresh-data where nothing was measured; later than the playbook says where the policy needs longer'),
  targets: z
    .array(
      z.object({
        target: z.string(),
        policy: z.string(),
        holdsMs: z.number(),
        deadlineMs: z.number(),
        outcome: z.enum(['waiting', 'verified', 'not-verified', 'no-fresh-data', 'self-healed']),
        reason: z.string(),
        evidence: z.array(z.object({ startMs: z.number(), endMs: z.number(), value: z.number(), ok: z.boolean() })).describe('the windows it was judged by, newest last, at most 50; of several series the worst'),
        atMs: z.number().optional(),
      }),
    )
    .describe('one entry per target and policy'),
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
  receivers: z.array(z.string()).optional().describe('who is told of one that no alarm opened'),
  desiredAtMs: z.number().optional(),
  createdAtMs: z.number(),
  changedAtMs: z.number(),
  dueAtMs: z.number().optional().describe('when a machine goes on with it: the start of a ready order, the next look of a verification; nothing is due without it'),
  runEndedAtMs: z.number().optional(),
  cancelRequested: z.boolean(),
  alarm: z.string().optional().describe('occurrence that opened it'),
  scenario: z.string().optional(),
  run: z.string().optional().describe('newest run'),
  runs: z.array(z.string()),
  runNumber: z.number().int().describe('how often it was made ready: the number of its newest run, or of the one to come'),
  retry: z
    .object({ of: z.string(), targets: z.array(z.string()), keepsDone: z.literal(true).optional().describe('jobs that succeeded on a target are not run there again') })
    .optional()
    .describe('until its run begins: the run that is tried again, and on which targets'),
  targetStates: z.array(z.object({ target: z.string(), state: attemptStateSchema, run: z.string() })).describe('the newest result of each target that has one'),
  result: z.string().optional().describe('how the newest run ended, in one line'),
  verification: verificationSchema.optional(),
  timeline: z.array(timelineEntrySchema).describe('newest 500 entries'),
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

/** One try of one step on one target. A retry is a new attempt. */
export const attemptSchema = z.object({
  attempt: z.number().int().min(1),
  state: attemptStateSchema,
  startedAtMs: z.number().optional(),
  endedAtMs: z.number().optional(),
  exitCode: z.number().optional(),
  reason: z.string().optional(),
  detail: z.string().optional(),
  output: z.string().describe('its end, at most 16 KiB, less in large runs; all of it is in the log chunks').default(''),
});
export type Attempt = z.infer<typeof attemptSchema>;

export const stepResultSchema = z.object({ step: z.string(), kind: z.enum(['step', 'rollback']), state: attemptStateSchema, attempts: z.array(attemptSchema) });
export type StepResult = z.infer<typeof stepResultSchema>;

export const targetResultSchema = z.object({
  target: z.string(),
  job: z.number().int(),
  state: attemptStateSchema,
  reason: z.string().optional().describe('why it was skipped'),
  doneIn: z.string().optional().describe('the earlier run in which the job succeeded on this target: a retry does not run it again, so its steps have no attempts here'),
  steps: z.array(stepResultSchema),
});
export type TargetResult = z.infer<typeof targetResultSchema>;

/** Collection `runs`, id = work order + '-r' + number. One execution of a work order. Owned by the executor that claimed it. */
export const runSchema = z.object({
  id: z.string(),
  tenant: z.string(),
  workOrder: z.string(),
  number: z.number().int().min(1),
  retryOf: z.string().optional(),
  state: z.enum(['waiting', 'running', 'succeeded', 'failed', 'partly-failed', 'cancelled', 'timed-out', 'unknown']),
  executor: z.string().optional(),
  reason: z.string().optional().describe('why it ended as it did, in one line'),
  jobs: z.array(z.object({ order: z.number().int(), playbookVersion: z.number().int(), playbook: playbookSchema, inputs: inputValuesSchema })).describe('copied at the start'),
  targets: z.array(targetSchema),
  results: z.array(targetResultSchema),
  outputBytes: z.number().int().describe('bytes of the end of each attempt that are kept in this document'),
  createdAtMs: z.number(),
  startedAtMs: z.number().optional(),
  cancelledAtMs: z.number().optional().describe('from here on nothing more begins'),
  endedAtMs: z.number().optional(),
  ...pendingEventsShape,
});
export type Run = z.infer<typeof runSchema>;

/** Collection `run-logs`. Append only: id = run/job/hash of the target/step/attempt/number. */
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

/** POST work-orders. */
export const workOrderRequestSchema = z.strictObject({
  type: z.enum(['change', 'incident', 'inspection', 'collection', 'security']),
  title: z.string().trim().min(1).max(200),
  content: z.string().max(10_000).default(''),
  service: shortText.optional(),
  ticket: z.strictObject({ state: z.enum(['assigned', 'unassigned', 'unregistered', 'none']), id: shortText.optional() }).default({ state: 'none' }),
  sop: z.url().optional().describe('default: that of the first playbook that names one'),
  targets: z.array(targetSchema).min(1).max(500),
  jobs: z
    .array(
      z.strictObject({
        order: z.number().int().min(1).max(20).optional().describe('default: its place in the list'),
        playbook: z.string(),
        playbookVersion: z.number().int().min(1).optional().describe('default: the newest'),
        inputs: inputValuesSchema.default({}),
      }),
    )
    .min(1)
    .max(20),
  approval: z.enum(['none', 'required']).optional().describe('only stricter than what the playbooks ask; default: what they ask'),
  assignee: shortText.optional(),
  receivers: z.array(nameSchema).max(20).default([]).describe('who is told when it waits for an approval, fails, ends with an unknown outcome, or is not verified'),
  desiredAt: z.iso.datetime({ offset: true }).optional().describe('a started order waits for it'),
  draft: z.boolean().default(false),
});
export type WorkOrderBody = z.infer<typeof workOrderRequestSchema>;

const reasonSchema = z.string().max(2_000).default('');

/** POST work-orders/{id}/{command}; the body holds what stands beside `command`. `request` sends off a draft. */
export const workOrderCommandSchema = z.discriminatedUnion('command', [
  z.strictObject({ command: z.literal('request'), reason: reasonSchema }),
  z.strictObject({ command: z.literal('approve'), reason: reasonSchema }),
  z.strictObject({ command: z.literal('reject'), reason: reasonSchema }),
  z.strictObject({ command: z.literal('assign'), assignee: plainText, reason: reasonSchema }),
  z.strictObject({ command: z.literal('start'), now: z.boolean().default(false).describe('true: do not wait for the desired time'), reason: reasonSchema }),
  z.strictObject({ command: z.literal('cancel'), reason: reasonSchema }),
  z.strictObject({
    command: z.literal('retry'),
    targets: z.enum(['failed', 'failed-and-unknown', 'all']).default('failed').describe('failed: every target that did not succeed, but for those whose outcome is unknown'),
    reason: reasonSchema,
  }),
  z.strictObject({ command: z.literal('close'), reason: reasonSchema }),
]);
export type WorkOrderCommand = z.infer<typeof workOrderCommandSchema>;

/** Collection `scenario-limits`, id = tenant/scenario. What a scenario has opened lately, and what it was kept from. Owned by action. */
export const scenarioLimitsSchema = z.object({
  id: z.string(),
  tenant: z.string(),
  granted: z.array(z.object({ workOrder: z.string(), resource: z.string(), atMs: z.number(), occurrence: z.string().optional(), level: levelSchema.optional(), playbook: z.string().optional() })).describe('oldest first; as far back as cooldown and an hour reach'),
  heldBack: z.array(z.object({ workOrder: z.string(), atMs: z.number(), reason: z.string() })).describe('of the last hour, the newest 500'),
});
export type ScenarioLimits = z.infer<typeof scenarioLimitsSchema>;
