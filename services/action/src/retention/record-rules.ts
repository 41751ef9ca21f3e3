import { collections, type Alarm, type DeadLetter, type LogChangeRecord, type Notice, type ResourceRecord, type RunLog, type Settings, type WorkOrder } from '@opsloop/contracts';
import type { CollectionSpec, Document, Documents, Filter } from '@opsloop/ports';
import { hasOpenAlarm, hasUnfinishedOrder, removeRuns } from './belongings.js';

/** What of one collection is too old to be kept. */
export interface RecordRule<T extends Document = Document> {
  readonly collection: CollectionSpec;
  /** Infinity: for ever. */
  readonly keptMs: number;
  /** By fields that say that nothing will happen to it any more; `beforeMs` is the time before which it is too old. */
  filter(beforeMs: number): Filter;
  /** Whether something else still needs it. */
  isNeeded?(doc: T): Promise<boolean>;
  /** Removes what would be left without an owner; safe to repeat. */
  removeBelongings?(doc: T): Promise<void>;
}

/** Orders that nobody has to do anything about; what failed waits for a person, however long. */
const doneStates = ['closed', 'rejected', 'cancelled', 'verified', 'succeeded'] as const satisfies readonly WorkOrder['state'][];
const settledNotices = ['sent', 'failed', 'outbox'] as const satisfies readonly Notice['state'][];

/** Those that an alarm needs are minutes old when they are attached to it. */
const logChangesKeptMs = 86_400_000;

/** Every collection that grows with time, in the order in which they are gone through: an order before the alarm that it belongs to. */
export function recordRules(documents: Documents, settings: Settings): readonly RecordRule[] {
  const { RETENTION_RECORDS, RETENTION_RUN_LOGS, RETENTION_DEAD_LETTERS } = settings;
  const historyMs = Math.max(settings.RETENTION_RAW, settings.RETENTION_1M, settings.RETENTION_1H, settings.RETENTION_1D);
  return [
    rule<RunLog>({ collection: collections.runLogs, keptMs: RETENTION_RUN_LOGS, filter: (beforeMs) => ({ atMs: { lt: beforeMs } }) }),
    rule<WorkOrder>({
      collection: collections.workOrders,
      keptMs: RETENTION_RECORDS,
      filter: (beforeMs) => ({ state: { in: doneStates }, changedAtMs: { lt: beforeMs }, dueAtMs: null, hasPendingEvents: false }),
      isNeeded: async (order) => (order.state === 'succeeded' && order.verification !== undefined) || (await hasOpenAlarm(documents, order)),
      removeBelongings: (order) => removeRuns(documents, order),
    }),
    rule<Notice>({ collection: collections.notices, keptMs: RETENTION_RECORDS, filter: (beforeMs) => ({ state: { in: settledNotices }, createdAtMs: { lt: beforeMs }, dueAtMs: null, hasPendingEvents: false }) }),
    rule<Alarm>({
      collection: collections.alarms,
      keptMs: RETENTION_RECORDS,
      filter: (beforeMs) => ({ state: 'resolved', changedAtMs: { lt: beforeMs }, hasPendingEvents: false }),
      isNeeded: async (alarm) => (alarm.unrouted ?? []).length > 0 || (await hasUnfinishedOrder(documents, alarm, doneStates)),
    }),
    rule<LogChangeRecord>({ collection: collections.logChanges, keptMs: logChangesKeptMs, filter: (beforeMs) => ({ atMs: { lt: beforeMs } }) }),
    rule<DeadLetter>({ collection: collections.deadLetters, keptMs: RETENTION_DEAD_LETTERS, filter: (beforeMs) => ({ atMs: { lt: beforeMs } }) }),
    // As long as history holds something of it.
    rule<ResourceRecord>({ collection: collections.resources, keptMs: historyMs, filter: (beforeMs) => ({ updatedMs: { lt: beforeMs } }) }),
  ];
}

/** Rules of different documents in one list: each gets documents of its own collection alone. */
function rule<T extends Document>(one: RecordRule<T>): RecordRule {
  return one as unknown as RecordRule;
}
