import { spawn } from 'node:child_process';
import { eventually } from '@opsloop/testing';
import { createLeftPipes } from './left-pipes.js';

it('holds so many at most: the oldest is closed, and one whose writer has ended counts no more', async () => {
  const pipes = createLeftPipes(2);
  const [first, second, third, fourth] = Array.from({ length: 4 }, () => spawn('cat', { stdio: ['pipe', 'pipe', 'ignore'] }));
  pipes.add(first!.stdout);
  pipes.add(second!.stdout);
  second!.stdin.end();
  await eventually('the second has ended', () => second!.stdout.closed);
  pipes.add(third!.stdout);
  expect([first, third].map((one) => one!.stdout.destroyed)).toEqual([false, false]);
  pipes.add(fourth!.stdout);
  expect([first, third, fourth].map((one) => one!.stdout.destroyed)).toEqual([true, false, false]);
  for (const one of [first, third, fourth]) one!.stdin.end();
});
