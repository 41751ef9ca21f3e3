import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

it('ends without a word when nobody reads on, as in a pipe to head', async () => {
  const child = spawn(process.execPath, [fileURLToPath(new URL('../dist/main.js', import.meta.url)), 'detect', '--csv', '-']);
  let told = '';
  child.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()));
  child.stdin.on('error', () => undefined);
  child.stdin.write('1700000000,1\n'.repeat(1_000));
  await once(child.stdout, 'data');
  child.stdout.destroy();
  child.stdin.end('1700000060,1\n'.repeat(50_000));
  const [code] = await once(child, 'close');
  expect({ code, told }).toEqual({ code: 2, told: '' });
});
