import { collections, levels, type Alarm, type Level } from '@opsloop/contracts';
import { applyTransition } from '@opsloop/domain';
import { buildAlarmEvent } from '@opsloop/testing';
import { startApi, type ApiUnderTest } from '../api-under-test.js';

const nowMs = 1_700_000_000_000;
const { alarm } = applyTransition(undefined, buildAlarmEvent(), nowMs);
/** The worse, the longer ago: by their time alone, the worst would be listed last. */
const counts = { info: 7, warn: 25, critical: 10, down: 3 } as const satisfies Record<Level, number>;
const worstFirst = (['down', 'critical', 'warn', 'info'] as const).flatMap((level) => Array.from({ length: counts[level] }, (_, at) => `${level}-${at}`));

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
  const alarms = api.context.documents.collection<Alarm>(collections.alarms);
  const all = worstFirst.map((name): Alarm => {
    const [level, at] = name.split('-') as [Level, string];
    return { ...alarm, id: `default/${name}`, level, state: 'open', openedAtMs: nowMs - levels.indexOf(level) * 60_000 - Number(at) };
  });
  await Promise.all([...all, { ...all[0]!, id: 'other/foreign', tenant: 'other' }, { ...all[0]!, id: 'default/over', state: 'resolved' as const }].map((one) => alarms.insert(one)));
});
afterAll(() => api.stop());

interface Listed {
  readonly items: readonly { readonly id: string }[];
  readonly nextCursor?: string;
}

async function listAll(query: string): Promise<{ readonly names: readonly string[]; readonly pages: number }> {
  const names: string[] = [];
  let pages = 0;
  let cursor: string | undefined;
  do {
    const { json } = await api.ask<Listed>(`/api/v1/alarms?state=open&order=worst&${query}${cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`}`);
    names.push(...json.items.map(({ id }) => id.split('/')[1]!));
    cursor = json.nextCursor;
    pages += 1;
  } while (cursor !== undefined);
  return { names, pages };
}

it.each([[100, 1], [10, 5], [13, 4], [45, 1], [1, 45]])('pages of %i list the worst first and of each level the newest, without an empty page at the end', async (limit, pages) => {
  expect(await listAll(`limit=${limit}`)).toEqual({ names: worstFirst, pages });
});

it('keeps to one level where that is asked for', async () => {
  expect((await listAll('limit=4&level=critical')).names).toEqual(worstFirst.filter((name) => name.startsWith('critical')));
});

it.each(['abc', 'red:', 'down:abc'])('refuses a cursor of another list: %s', async (cursor) => {
  expect((await api.ask(`/api/v1/alarms?order=worst&cursor=${cursor}`)).status).toBe(400);
});
