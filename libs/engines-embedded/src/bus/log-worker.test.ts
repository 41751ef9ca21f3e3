import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { createEmbeddedBus } from '@opsloop/engines-embedded';
import { createSkewedClock, createTempDir, numbers, pause, suiteTopic, textRecord } from '@opsloop/testing';
import { createWorkerLink } from '../worker/worker-link.js';
import type { LogOpened, LogRequest, LogWorkerData } from './log-messages.js';

const script = new URL('./bus/log-worker.js', pathToFileURL(createRequire(import.meta.url).resolve('@opsloop/engines-embedded')));

test('a thread that is cut off while it reads rows back ends, and never the process with it', async () => {
  const dir = createTempDir();
  const bus = createEmbeddedBus({ dataDir: dir.path, clock: createSkewedClock(), maxBytes: 2 ** 30 });
  await bus.start();
  for (const i of numbers(0, 100)) await bus.publish(suiteTopic, [textRecord('default/a', i)]);
  await bus.stop(5_000);
  const workerData: LogWorkerData = { dataDir: dir.path, maxBytes: 2 ** 30, faultPoint: undefined };
  for (let round = 0; round < 20; round++) {
    const link = createWorkerLink<LogRequest, LogOpened>({ name: 'the log', script, workerData, onOpened: () => undefined, onDied: () => undefined });
    await link.start();
    const reads = numbers(0, 3_000).map(() => link.request({ kind: 'read', topic: suiteTopic, fromRow: 1, maxBytes: 2 ** 20 }).then(() => true, () => false));
    await pause(5 + round);
    await link.stop(0);
    expect(await Promise.all(reads)).toContain(false);
  }
  dir.remove();
});
