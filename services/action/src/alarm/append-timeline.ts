import { collections, type Alarm, type TimelineEntry, type Trace } from '@opsloop/contracts';
import { addTimeline } from '@opsloop/domain';
import type { ServiceContext } from '@opsloop/runtime';
import { changeDocument } from '../change-document.js';

export interface AlarmTimeline {
  /**
   * Adds entries to the timeline of an alarm, each once by `what` and `ref`, and times to its trace (`notifiedMs` and
   * `workOrderMs` keep the first). An entry whose `what` begins with `work-order.` links the work order in `ref`.
   * Safe to repeat: `known` when nothing of it was new, `missing` when there is no such alarm.
   */
  appendTimeline(alarmId: string, entries: readonly TimelineEntry[], tracePatch?: Partial<Trace>): Promise<'added' | 'known' | 'missing'>;
}

/** `onChanged` runs after a write, to wake the relay that tells others. */
export function createAlarmTimeline({ documents, clock }: Pick<ServiceContext, 'documents' | 'clock'>, onChanged: () => void = () => undefined): AlarmTimeline {
  const alarms = documents.collection<Alarm>(collections.alarms);
  return {
    async appendTimeline(alarmId, entries, tracePatch = {}) {
      let added = false;
      const outcome = await changeDocument(alarms, alarmId, (alarm) => {
        const next = addTimeline(alarm, entries, tracePatch, clock.now());
        added = next !== undefined;
        return next;
      });
      if (outcome === 'missing') return 'missing';
      if (added) onChanged();
      return added ? 'added' : 'known';
    },
  };
}
