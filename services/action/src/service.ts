/** Action: keeps the alarm documents, tells people, starts what heals. Read this file first. */
import type { Channel } from '@opsloop/ports';
import { partGroup, type Part, type ServiceContext } from '@opsloop/runtime';
import { createTelling } from './create-telling.js';
import { createRecordKeeper } from './retention/record-keeper.js';
import { createWorkOrderDesk } from './work-order/create-work-order-desk.js';

export interface ActionContext extends ServiceContext {
  /** By name; a notice for a channel that is not among them stays in the outbox. */
  readonly channels: Readonly<Record<string, Channel>>;
}

/**
 * Handlers only write documents; whatever takes time (flushing a group, sending, work orders) is a claimed document, so
 * several instances share the work and a crash hands it on.
 */
export function createAction({ channels, ...context }: ActionContext): Part {
  const telling = createTelling(context, channels);
  const desk = createWorkOrderDesk(context, telling);
  return partGroup('action', [telling.workers, desk, telling.handlers(desk), createRecordKeeper(context)]);
}
