import { collections, type Alarm, type Notice } from '@opsloop/contracts';
import type { Documents } from '@opsloop/ports';
import { findAll } from '@opsloop/runtime';

const mostTold = 200;
const mostQueued = 1_000;

/**
 * What was told of the alarm, oldest first: the newest 200 notices that its timeline names, and those that wait for their
 * first attempt, which it does not name yet. However many notices there are of other alarms, only these are read.
 */
export async function findNotices(documents: Documents, alarm: Alarm): Promise<Notice[]> {
  const notices = documents.collection<Notice>(collections.notices);
  const refs = new Set(alarm.timeline.flatMap(({ what, ref }) => (what.startsWith('notice.') && ref !== undefined ? [ref] : [])));
  const [told, queued] = await Promise.all([findAll(notices, { tenant: alarm.tenant, id: { in: [...refs].slice(-mostTold) } }, mostTold), findAll(notices, { tenant: alarm.tenant, state: 'queued' }, mostQueued)]);
  const found = [...told, ...queued.filter(({ id, alarmIds }) => alarmIds.includes(alarm.id) && !refs.has(id))];
  return found.toSorted((a, b) => a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1));
}
