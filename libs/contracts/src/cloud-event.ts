import { z } from 'zod';

/** CloudEvents 1.0, JSON format, as every event topic carries it. `id` is unique per event: readers drop ids they know. */
export function cloudEvent<Type extends string, Data extends z.ZodType>(types: readonly [Type, ...Type[]], data: Data) {
  return z.object({
    specversion: z.literal('1.0'),
    id: z.string(),
    source: z.string().describe('the service that decided, for example /opsloop/trigger'),
    type: z.enum(types),
    subject: z.string().describe('id of what the event is about'),
    time: z.iso.datetime(),
    datacontenttype: z.literal('application/json'),
    data,
  });
}

/** An event as it waits in its document: stored with the decision, published and cleared by the relay. */
export const pendingEventSchema = z.object({
  topic: z.string(),
  key: z.string(),
  event: z.object({ id: z.string(), type: z.string() }).loose(),
});
export type PendingEvent = z.infer<typeof pendingEventSchema>;

/** Fields of a document that announces its changes. `hasPendingEvents` is what the relay finds it by. */
export const pendingEventsShape = {
  pendingEvents: z.array(pendingEventSchema),
  hasPendingEvents: z.boolean(),
};
