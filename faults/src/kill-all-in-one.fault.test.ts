/** Five kills in a run of their own; the long runs are `npm run faults`. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

it('loses nothing and does nothing twice over five kills', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [main, '--kills', '5', '--seed', '11', '--fresh'], { maxBuffer: 1 << 24 }).catch((error: { stdout?: string; message: string }) => ({ stdout: `${error.stdout ?? ''}\n${error.message}` }));
  expect(stdout).toMatch(/^faults: 5 passed, 0 failed$/m);
}, 280_000);
