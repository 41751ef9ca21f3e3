import { createEmbeddedDocuments } from '@opsloop/engines-embedded';
import { createTempDir } from '@opsloop/testing';
import { findAll } from './find-all.js';
import { createSystemClock } from './system-clock.js';

const documents = createEmbeddedDocuments({ dataDir: createTempDir('find-all-').path, clock: createSystemClock() });
const texts = documents.collection<{ id: string; tenant: string; text: string }>({ name: 'texts', indexes: [['tenant']] });

beforeAll(() => documents.start());
afterAll(() => documents.stop(2_000));

it('reads on behind a page that is short because its documents are heavy, up to the most that is wanted', async () => {
  const ids = Array.from({ length: 12 }, (_, at) => `t/${String.fromCharCode(97 + at)}`);
  for (const id of ids) await texts.insert({ id, tenant: 't', text: 'x'.repeat(1_000_000) });
  const page = await texts.find({ tenant: 't' }, { limit: 1_000 });
  expect([page.items.length < 12, page.nextCursor !== undefined]).toEqual([true, true]);
  expect((await findAll(texts, { tenant: 't' })).map(({ id }) => id)).toEqual(ids);
  expect((await findAll(texts, { tenant: 't' }, 11)).map(({ id }) => id)).toEqual(ids.slice(0, 11));
  expect(await findAll(texts, { tenant: 'other' })).toEqual([]);
});
