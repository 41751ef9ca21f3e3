import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { lockDataDir } from '@opsloop/engines-embedded';
import { createTempDir, type TempDir } from '@opsloop/testing';

describe('lockDataDir', () => {
  let dir: TempDir;
  beforeEach(() => {
    dir = createTempDir();
  });
  afterEach(() => dir.remove());

  test('creates the folder, lets nobody else in, and lets the next one in after release', () => {
    const folder = join(dir.path, 'deep', 'data');
    const lock = lockDataDir(folder);
    expect(() => lockDataDir(folder)).toThrow(/^OPSLOOP_DATA_DIR: another Opsloop is using .*deep\/data: stop it first, or set OPSLOOP_DATA_DIR to another folder$/);
    lock.release();
    lock.release();
    lockDataDir(folder).release();
  });

  test('others do not see into a folder that it creates', () => {
    const folder = join(dir.path, 'data');
    lockDataDir(folder).release();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  test('a process that is killed leaves no lock behind', async () => {
    const script = join(dir.path, 'hold.mjs');
    const engines = pathToFileURL(createRequire(import.meta.url).resolve('@opsloop/engines-embedded')).href;
    writeFileSync(script, `import { lockDataDir } from '${engines}'; lockDataDir(process.argv[2]); console.log('locked'); setInterval(() => {}, 1000);`);
    const holder = spawn(process.execPath, [script, dir.path], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(holder.stdout, 'data');
    expect(() => lockDataDir(dir.path)).toThrow('another Opsloop');
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    lockDataDir(dir.path).release();
  });

  test('a folder that cannot be is refused with one line', () => {
    const file = join(dir.path, 'file');
    writeFileSync(file, '');
    expect(() => lockDataDir(join(file, 'data'))).toThrow(/^OPSLOOP_DATA_DIR: .* cannot be used \(.*\): make it a writable folder.*$/);
  });
});
