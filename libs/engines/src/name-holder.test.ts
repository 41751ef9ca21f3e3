import { collections } from '@opsloop/contracts';
import { createEmbeddedDocuments, type EmbeddedDocuments } from '@opsloop/engines-embedded';
import { createSkewedClock, createTempDir, type TempDir } from '@opsloop/testing';
import { createNameHolder } from './name-holder.js';

describe('the name of a process', () => {
  let dir: TempDir;
  let documents: EmbeddedDocuments;
  const clock = createSkewedClock();
  const errors: string[] = [];
  const logger = { info: () => undefined, warn: () => undefined, error: (_fields: object, message: string) => void errors.push(message) };
  const holder = (name = 'trigger-1') => createNameHolder({ documents, name, clock, logger, leaseMs: 400 });
  beforeEach(async () => {
    dir = createTempDir();
    documents = createEmbeddedDocuments({ dataDir: dir.path, clock });
    await documents.start();
    errors.length = 0;
  });
  afterEach(async () => {
    await documents.stop(1_000);
    dir.remove();
  });

  test('two that run at once are refused by one line; another name is free', async () => {
    const [first, second, other] = [holder(), holder(), holder('trigger-2')];
    await first.start();
    await first.start();
    await expect(second.start()).rejects.toMatchObject({ name: 'EngineError', retryable: false, message: 'OPSLOOP_INSTANCE=trigger-1 is the name of another process that runs: give each process a name of its own, or leave it out' });
    await second.stop(0);
    await other.start();
    await first.stop(0);
    await other.stop(0);
  });

  test('of two that start at once one gets it', async () => {
    const both = [holder(), holder()];
    const outcomes = await Promise.allSettled(both.map((one) => one.start()));
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    for (const one of both) await one.stop(0);
  });

  test('it is free at once after a stop', async () => {
    const first = holder();
    await first.start();
    await first.stop(0);
    await first.stop(0);
    const beganMs = performance.now();
    const second = holder();
    await second.start();
    expect(performance.now() - beganMs).toBeLessThan(300);
    await second.stop(0);
  });

  test('after a process that died it is free when its lease has ended', async () => {
    const instances = documents.collection(collections.instances);
    await instances.insert({ id: 'system/trigger-1', tenant: 'system' });
    await instances.claim({ id: 'system/trigger-1' }, { owner: 'dead', leaseMs: 400 });
    const next = holder();
    const beganMs = performance.now();
    await next.start();
    expect(performance.now() - beganMs).toBeGreaterThan(300);
    await next.stop(0);
  });

  test('one that stood still for too long is told that its name was taken', async () => {
    const first = holder();
    await first.start();
    clock.skip(500);
    const second = holder();
    await second.start();
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(errors).toEqual(['another process took the name of this one while it stood still: give each process an OPSLOOP_INSTANCE of its own']);
    await first.stop(0);
    await second.stop(0);
  });
});
