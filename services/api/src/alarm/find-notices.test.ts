import { collections, type Alarm, type Notice } from '@opsloop/contracts';
import { addTimeline, applyTransition, newNotice } from '@opsloop/domain';
import { createEmbeddedDocuments } from '@opsloop/engines-embedded';
import { createSystemClock } from '@opsloop/runtime';
import { buildAlarmEvent, createTempDir } from '@opsloop/testing';
import { findNotices } from './find-notices.js';

const documents = createEmbeddedDocuments({ dataDir: createTempDir('notices-').path, clock: createSystemClock() });
const notices = documents.collection<Notice>(collections.notices);
const nowMs = 1_700_000_000_000;
const alarm = applyTransition(undefined, buildAlarmEvent(), nowMs).alarm;

beforeAll(() => documents.start());
afterAll(() => documents.stop(2_000));

async function insert(name: string, atMs: number, more: Partial<Notice> = {}): Promise<string> {
  const id = `${more.tenant ?? 'default'}/${name}`;
  const draft = { id, tenant: 'default', groupKey: name, threadKey: name, flush: 1, receiver: 'ops', channel: 'mail', kind: 'alarm' as const, to: [], subject: name, text: 'x'.repeat(2_000), alarms: [], alarmIds: [alarm.id] };
  await notices.insert({ ...newNotice(draft, atMs), ...more });
  return id;
}

const names = async (of: Alarm): Promise<string[]> => (await findNotices(documents, of)).map(({ subject }) => subject);

function told(...ids: readonly string[]): Alarm {
  return addTimeline(alarm, ids.map((ref, at) => ({ atMs: nowMs + at, what: 'notice.sent', text: 'told', ref })), {}, nowMs)!;
}

it('finds those that were told behind any number of others, and those that wait, oldest first', async () => {
  await Promise.all(Array.from({ length: 1_500 }, (_, at) => insert(`other-${at}`, nowMs + at, { alarmIds: ['default/another'], state: 'sent' })));
  const late = await insert('late', nowMs + 9_000, { state: 'sent' });
  const first = await insert('first', nowMs + 1_000, { state: 'sent' });
  await insert('waiting', nowMs + 12_000);
  await insert('waiting-elsewhere', nowMs + 12_000, { alarmIds: ['default/another'] });
  expect(await names(told(late, first))).toEqual(['first', 'late', 'waiting']);
});

it('finds nothing for an alarm that nobody was told of, and nothing of another tenant', async () => {
  expect(await names({ ...alarm, id: 'default/untold' })).toEqual([]);
  const foreign = await insert('foreign', nowMs, { tenant: 'other', state: 'sent' });
  expect(await names({ ...told(foreign), id: 'default/untold' })).toEqual([]);
});

it('of very many it gives the newest 200', async () => {
  const ids = await Promise.all(Array.from({ length: 230 }, (_, at) => insert(`hourly-${at}`, nowMs + at, { state: 'sent' })));
  const found = await names({ ...told(...ids), id: 'default/long' });
  expect([found.length, found[0], found.at(-1)]).toEqual([200, 'hourly-30', 'hourly-229']);
});
