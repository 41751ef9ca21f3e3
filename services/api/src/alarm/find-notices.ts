import { collections, type Alarm, type Notice } from '@opsloop/contracts';
import type { Collection, Documents, Filter } from '@opsloop/ports';

const mostTold = 200;
const mostQueued = 1_000;

/**
 * What was told of the alarm, oldest first: the newest 200 notices that its timeline names, and those that wait for their
 * first attempt, which it does not name yet. However many notices there are of other alarms, only these are read.
 */
export async function findNotices(documents: Documents, alarm: Alarm): Promise<Notice[]> {
  const notices = documents.collection<Notice>(collections.notices);
  const refs = new Set(alarm.timeline.flatMap(({ what, ref }) => (what.startsWith('notice.') && ref !== undefined ? [ref] : [])));
  const [told, queued] = await Promise.all([read(notices, { tenant: alarm.tenant, id: { in: [...refs].slice(-mostTold) } }, mostTold), read(notices, { tenant: alarm.tenant, state: 'queued' }, mostQueued)]);
  const found = [...told, ...queued.filter(({ id, alarmIds }) => alarmIds.includes(alarm.id) && !refs.has(id))];
  return found.toSorted((a, b) => a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1));
}

async function read(notices: Collection<Notice>, filter: Filter, most: number): Promise<Notice[]> {
  const found: Notice[] = [];
  let cursor: string | undefined;
  do {
    const page = await notices.find(filter, { limit: most - found.length, ...(cursor !== undefined && { cursor }) });
    found.push(...page.items.map(({ doc }) => doc));
    cursor = page.nextCursor;
  } while (cursor !== undefined && found.length < most);
  return found;
}
