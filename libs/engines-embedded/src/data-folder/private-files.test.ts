import { chmodSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createEmbeddedBus, createEmbeddedDocuments, createEmbeddedMetricStore, lockDataDir } from '@opsloop/engines-embedded';
import { createManualClock, createTempDir } from '@opsloop/testing';

/** Files below a folder that others may read: those in folders that let nobody in are not looked for. */
function readable(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    const isOpen = (statSync(path).mode & 0o077) !== 0;
    return !isOpen ? [] : entry.isDirectory() ? readable(path) : [path];
  });
}

it('leaves no file to others in a data folder that was there before and lets everybody in', async () => {
  const dir = createTempDir();
  chmodSync(dir.path, 0o755);
  const dataDir = dir.path;
  const clock = createManualClock(Date.UTC(2026, 0, 1));
  const lock = lockDataDir(dataDir);
  const engines = [createEmbeddedDocuments({ dataDir, clock }), createEmbeddedBus({ dataDir, clock, maxBytes: 2 ** 30 }), createEmbeddedMetricStore({ dataDir, windowMs: 10_000 })];
  try {
    for (const engine of engines) await engine.start();
    expect(readable(dataDir)).toEqual([]);
  } finally {
    for (const engine of engines) await engine.stop(5_000);
    lock.release();
    dir.remove();
  }
});
