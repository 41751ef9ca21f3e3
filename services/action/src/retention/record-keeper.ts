/** Removes records that are older than the settings keep them. One instance at a time does it, under a lease. */
import type { Document, Stored } from '@opsloop/ports';
import { leasedPart, type Part, type ServiceContext } from '@opsloop/runtime';
import { recordRules, type RecordRule } from './record-rules.js';

const everyMs = 600_000;
/** Documents of one page are removed at once; then others have their turn. */
const pageSize = 100;
const pauseMs = 20;

export function createRecordKeeper(context: ServiceContext): Part {
  const { documents, clock, logger, settings, ownMetrics } = context;
  const removed = ownMetrics.counter('documents_removed_total', 'Documents that were older than they are kept', ['collection']);
  const rules = recordRules(documents, settings);

  async function remove(rule: RecordRule, { doc, version }: Stored<Document>): Promise<void> {
    if (await rule.isNeeded?.(doc)) return;
    await rule.removeBelongings?.(doc);
    // A conflict: somebody changed it since, so it is not old any more.
    if ((await documents.collection(rule.collection).remove(doc.id, version)) === 'removed') removed.inc({ collection: rule.collection.name });
  }

  async function removeAll(rule: RecordRule, signal: AbortSignal): Promise<void> {
    if (rule.keptMs === Infinity) return;
    const filter = rule.filter(clock.now() - rule.keptMs);
    let cursor: string | undefined;
    do {
      const page = await documents.collection(rule.collection).find(filter, { limit: pageSize, ...(cursor !== undefined && { cursor }) });
      for (const stored of page.items) {
        if (signal.aborted) return;
        await remove(rule, stored);
      }
      cursor = page.nextCursor;
      if (cursor !== undefined) await clock.sleep(pauseMs, signal);
    } while (cursor !== undefined);
  }

  return leasedPart({
    context,
    name: 'record keeper',
    lease: 'records',
    async round(signal) {
      for (const rule of rules) await removeAll(rule, signal);
    },
    waitMs: () => everyMs,
    onFailure: (error) => logger.warn({ err: error }, 'old records were not removed; they are with the next round'),
  });
}
