import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDemoProcess } from './demo-process.js';

it.each(['', '{"pid":1', 'null'])('knows no address where a power cut left %j of its file, and can be started anew', async (left) => {
  const folder = mkdtempSync(join(tmpdir(), 'opsloop-demo-'));
  try {
    writeFileSync(join(folder, 'demo.json'), left);
    const demo = createDemoProcess(folder);
    expect(await demo.url()).toBeUndefined();
    expect(await demo.stop()).toBe(false);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
