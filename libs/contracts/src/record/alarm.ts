import { z } from 'zod';
import { cloudEvent, pendingEventsShape } from '../cloud-event.js';
import { levelSchema, thresholdLevels } from '../definition/policy.js';
import { resourceSchema } from '../measure/resource.js';
import { alarmEvidenceSchema } from './alarm-evidence.js';

/** Wall-clock times on the way of the sample that decided, ms since the epoch: what "how long did it take" is answered from. */
export const traceSchema = z.object({
  sampleMs: z.number().describe('event time of the last sample of the deciding window'),
  arrivalMs: z.number().describe('arrival clock when the window was closed'),
  judgedMs: z.number().describe('when the trigger decided'),
  recordedMs: z.number().optional().describe('when the alarm document was written'),
  notifiedMs: z.number().optional().describe('when the first notice was accepted by its channel'),
  workOrderMs: z.number().optional(),
  runEndedMs: z.number().optional(),
  verifiedMs: z.number().optional(),
});
export type Trace = z.infer<typeof traceSchema>;

export const alarmTransitionTypes = ['alarm.opened', 'alarm.level-changed', 'alarm.resolved', 'alarm.no-data', 'alarm.data-returned', 'alarm.flapping'] as const;
export type AlarmTransitionType = (typeof alarmTransitionTypes)[number];

/** What a forecast policy foresaw when it decided. Event times, ms. */
export const forecastFactsSchema = z.object({
  madeAtMs: z.number().describe('end of what it rests on'),
  within: z.string().describe('how soon a threshold had to come near to raise the alarm, for example 60m'),
  crossings: z
    .array(
      z.object({
        level: z.enum(thresholdLevels),
        threshold: z.string(),
        odds: z.number().describe('0..1, that it is reached within twice `within`'),
        crossesAtMs: z.number().nullable().describe('most likely time; null: never within twice `within`'),
        earliestMs: z.number().nullable().describe('edges of the 80 % interval of that time'),
        latestMs: z.number().nullable().describe('null also when it may come later than twice `within`'),
      }),
    )
    .describe('mildest level first'),
  model: z.string().describe('the models that made it, the most trusted first'),
  why: z.string(),
  points: z.array(z.tuple([z.number(), z.number(), z.number(), z.number()])).describe('time in ms, value, and its 80 % interval'),
  scored: z.number().int().describe('forecasts of this policy that were scored by then, where it was decided'),
  hits: z.number().int(),
  gate: z.object({ minHitRate: z.number().optional(), minScored: z.number().int() }).optional().describe('what the scorecard must show before work orders are opened'),
});
export type ForecastFacts = z.infer<typeof forecastFactsSchema>;

const recoverSchema = z.string().optional().describe('set while no level is met and the alarm stays open: what must hold for it to end, for example "< 65"; empty when that is no comparison');

/** A transition as the trigger decided it. `occurrence` + `transition` identify it for ever. */
export const alarmTransitionSchema = z.object({
  tenant: z.string(),
  occurrence: z.string().describe('tenant/hash of policy, resource, labels and pendingSince'),
  transition: z.number().int().min(1).describe('1, 2, 3 ... within the occurrence'),
  policy: z.string(),
  policyVersion: z.number().int(),
  resource: resourceSchema,
  resourceName: z.string().describe('what people call it: its host name, else its uid'),
  attributes: z.record(z.string(), z.string()),
  labels: z.record(z.string(), z.string()).describe('sub-dimensions of the series'),
  metric: z.string(),
  unit: z.string(),
  aggregate: z.string(),
  level: levelSchema.describe('after the transition; of a resolve, the level it had'),
  previousLevel: levelSchema.optional(),
  value: z.number().nullable().describe('what was measured; null for missing data'),
  threshold: z.string().optional().describe('the comparison that decided, for example "> 95"'),
  recover: recoverSchema,
  reason: z.string(),
  windowStartMs: z.number(),
  windowEndMs: z.number(),
  pendingSinceMs: z.number(),
  atMs: z.number().describe('event time of the transition'),
  scenarios: z.array(z.string()),
  receivers: z.array(z.string()),
  repeatMs: z.number().optional(),
  forecast: forecastFactsSchema.optional().describe('of a forecast policy'),
  trace: traceSchema,
});
export type AlarmTransition = z.infer<typeof alarmTransitionSchema>;

export const alarmEventSchema = cloudEvent(alarmTransitionTypes, alarmTransitionSchema);
export type AlarmEvent = z.infer<typeof alarmEventSchema>;

/**
 * How the alarm document changed, on alarms.v1 beside the transitions that the trigger decided, with types of their own:
 * who decides by transitions skips them, who shows alarms reads the document again.
 */
export const alarmNoteTypes = ['alarm.recorded', 'alarm.acknowledged', 'alarm.closed'] as const;
export const alarmNoteEventSchema = cloudEvent(
  alarmNoteTypes,
  z.object({
    tenant: z.string(),
    occurrence: z.string(),
    state: z.enum(['open', 'resolved']),
    level: levelSchema,
    what: z.string().describe('the timeline entry that was added, for example notice.sent'),
    by: z.string().optional(),
    reason: z.string().optional(),
  }),
);
export type AlarmNoteEvent = z.infer<typeof alarmNoteEventSchema>;

/** What people ask of an alarm; decided by action, on the alarm document. */
export const alarmCommandSchema = cloudEvent(
  ['alarm.acknowledge', 'alarm.close'],
  z.object({ tenant: z.string(), occurrence: z.string(), by: z.string(), reason: z.string().default('') }),
);
export type AlarmCommand = z.infer<typeof alarmCommandSchema>;

/** One line of the history of an alarm or a work order, as people read it. */
export const timelineEntrySchema = z.object({
  atMs: z.number(),
  what: z.string().describe('event type, for example alarm.opened, notice.sent, work-order.requested, verification.verified'),
  text: z.string(),
  ref: z.string().optional().describe('id of the notice, work order or run that it is about'),
  by: z.string().optional(),
});
export type TimelineEntry = z.infer<typeof timelineEntrySchema>;

/** Collection `alarms`, id = occurrence. Owned by action. */
export const alarmSchema = z.object({
  id: z.string(),
  tenant: z.string(),
  policy: z.string(),
  policyVersion: z.number().int(),
  resourceId: z.string(),
  resource: resourceSchema,
  resourceName: z.string(),
  attributes: z.record(z.string(), z.string()),
  labels: z.record(z.string(), z.string()),
  metric: z.string(),
  unit: z.string(),
  aggregate: z.string(),
  state: z.enum(['open', 'resolved']),
  level: levelSchema,
  noData: z.boolean(),
  flapping: z.boolean(),
  value: z.number().nullable(),
  threshold: z.string().optional(),
  recover: recoverSchema,
  reason: z.string(),
  pendingSinceMs: z.number(),
  openedAtMs: z.number(),
  changedAtMs: z.number(),
  resolvedAtMs: z.number().optional(),
  acknowledged: z.object({ by: z.string(), reason: z.string(), atMs: z.number() }).optional(),
  closed: z.object({ by: z.string(), reason: z.string(), atMs: z.number(), level: levelSchema }).optional().describe('a person declared it done; a worse level opens it again'),
  unrouted: z.array(z.number().int()).optional().describe('transitions that are stored and not yet handed to receivers and scenarios'),
  transitions: z.array(z.object({ transition: z.number(), type: z.enum(alarmTransitionTypes), atMs: z.number(), level: levelSchema, value: z.number().nullable(), reason: z.string() })).describe('by number, the newest 200'),
  timeline: z.array(timelineEntrySchema).describe('newest 500 entries'),
  scenarios: z.array(z.string()),
  receivers: z.array(z.string()),
  repeatMs: z.number().optional(),
  workOrders: z.array(z.string()),
  evidence: alarmEvidenceSchema.optional().describe('what changed around it; absent: nothing was found'),
  forecast: forecastFactsSchema.optional().describe('of a forecast policy: what it foresaw when it opened or changed its level'),
  trace: traceSchema,
  ...pendingEventsShape,
});
export type Alarm = z.infer<typeof alarmSchema>;
