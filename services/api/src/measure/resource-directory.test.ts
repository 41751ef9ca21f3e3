import { collections, settingsSchema, type ResourceRecord } from '@opsloop/contracts';
import { openEngines } from '@opsloop/engines';
import { openContext, partGroup, type Part } from '@opsloop/runtime';
import { createManualClock, createTempDir } from '@opsloop/testing';
import type { Documents } from '@opsloop/ports';
import { createResourceDirectory } from './resource-directory.js';

const minuteMs = 60_000;
const startMs = Date.UTC(2026, 0, 9);
let engines: Part;
let documents: Documents;

beforeAll(async () => {
  const opened = await openContext('api', settingsSchema.parse({ DATA_DIR: createTempDir().path, LOG_LEVEL: 'silent' }), openEngines, false);
  engines = partGroup('test', opened.engines.parts);
  await engines.start();
  documents = opened.context.documents;
});

afterAll(() => engines.stop(5_000));

function record(tenant: string, name: string, times: { lastSeenMs: number; updatedMs: number }): ResourceRecord {
  return { id: `${tenant}/${name}`, tenant, resourceId: name, provider: 'onprem', region: 'lab', kind: 'host', uid: name, name, attributes: {}, sources: [], metrics: [], firstSeenMs: startMs, ...times };
}

describe('resource directory', () => {
  it('finds a resource whose sighting is older than another that was written before it', async () => {
    const clock = createManualClock(startMs);
    const directory = createResourceDirectory({ documents, clock });
    const collection = documents.collection<ResourceRecord>(collections.resources);
    await collection.insert(record('backlog', 'prompt', { lastSeenMs: startMs, updatedMs: startMs }));
    expect(await directory.find('backlog', 'prompt')).toHaveLength(1);
    await clock.advance(2_000);
    await collection.insert(record('backlog', 'behind', { lastSeenMs: startMs - 10 * minuteMs, updatedMs: startMs + 2_000 }));
    expect(await directory.find('backlog', 'behind')).toHaveLength(1);
  });

  it('sees within minutes what a writer with a slow clock wrote, and forgets what was removed', async () => {
    const clock = createManualClock(startMs);
    const directory = createResourceDirectory({ documents, clock });
    const collection = documents.collection<ResourceRecord>(collections.resources);
    await collection.insert(record('skewed', 'prompt', { lastSeenMs: startMs, updatedMs: startMs }));
    expect(await directory.find('skewed', 'prompt')).toHaveLength(1);
    await collection.insert(record('skewed', 'slow', { lastSeenMs: startMs, updatedMs: startMs - minuteMs }));
    await collection.remove('skewed/prompt', 1);
    await clock.advance(5 * minuteMs);
    expect(await directory.find('skewed', 'slow')).toHaveLength(1);
    expect(await directory.find('skewed', 'prompt')).toEqual([]);
  });
});
