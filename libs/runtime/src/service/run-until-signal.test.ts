import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

const module = (name: string): string => JSON.stringify(new URL(`../../dist/service/${name}.js`, import.meta.url).href);

/** A process that says `started` and `stopped`, and takes `stopMs` to stop. */
async function startProcess(stopMs: number) {
  const script = `
    const { runUntilSignal } = await import(${module('run-until-signal')});
    const { createLogger } = await import(${module('logger')});
    const part = {
      name: 'slow',
      start: async () => console.log('started'),
      stop: () => new Promise((resolve) => setTimeout(() => resolve(console.log('stopped')), ${stopMs})),
    };
    await runUntilSignal(part, createLogger('silent', 'test'));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, out }));
  await once(child.stdout, 'data');
  return { signal: (name: NodeJS.Signals) => child.kill(name), ended };
}

it.each(['SIGINT', 'SIGTERM'] as const)('stops in order when both its terminal and npm pass on the same %s', async (name) => {
  const { signal, ended } = await startProcess(400);
  signal(name);
  await pause(50);
  signal(name);
  expect(await ended).toEqual({ code: 0, out: 'started\nstopped\n' });
});

it('ends at once when somebody asks again', async () => {
  const { signal, ended } = await startProcess(30_000);
  signal('SIGINT');
  await pause(1_200);
  signal('SIGINT');
  expect(await ended).toEqual({ code: 1, out: 'started\n' });
});
