import { z } from 'zod';

/** Collection `schedules`, id = tenant/name. How far a schedule has got. Owned by action. */
export const scheduleStateSchema = z.object({
  id: z.string(),
  tenant: z.string(),
  schedule: z.string(),
  version: z.number().int().describe('of the definition that `dueAtMs` was told by'),
  dueAtMs: z.number().optional().describe('the oldest time that is not dealt with; without it nothing is due: deleted, or never due again'),
  lastAtMs: z.number().optional().describe('the newest time that was dealt with'),
  lastWorkOrder: z.string().optional(),
  lastProblem: z.string().optional().describe('why nothing was opened the last time'),
  opened: z.number().int(),
  missed: z.number().int().describe('times that were not made up for'),
});
export type ScheduleState = z.infer<typeof scheduleStateSchema>;
