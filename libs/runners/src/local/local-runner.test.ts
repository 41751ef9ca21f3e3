import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { mkdtempSync, readFileSync, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import type { OutputChunk, StepCall, StepOutcome } from '@opsloop/ports';
import { eventually } from '@opsloop/testing';
import { createLocalRunner } from './local-runner.js';

const folder = mkdtempSync(join(tmpdir(), 'local-runner-'));
const runner = createLocalRunner({ cwd: folder, killAfterMs: 300, mostOutputBytes: 10_000 });
const node = process.execPath;
const waitMs = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function call(args: readonly string[], timeoutMs = 10_000): StepCall {
  return { idempotencyKey: 'key-1', target: { id: 'web 1', name: 'Web "1"', address: {} }, args, options: {}, timeoutMs };
}

async function run(args: readonly string[], timeoutMs?: number, signal = new AbortController().signal): Promise<{ outcome: StepOutcome; stdout: string; stderr: string }> {
  const chunks: OutputChunk[] = [];
  const outcome = await runner.run(call(args, timeoutMs), (chunk) => chunks.push(chunk), signal);
  const allOf = (stream: string): string => chunks.filter((one) => one.stream === stream).map((one) => one.text).join('');
  return { outcome, stdout: allOf('stdout'), stderr: allOf('stderr') };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie that nobody has waited for yet is not alive.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** A process that runs `script` with a runner of its own. */
function ownProcess(script: string): ChildProcessByStdio<null, Readable, null> {
  const runners = pathToFileURL(createRequire(import.meta.url).resolve('@opsloop/runners')).href;
  const prepared = `import { createLocalRunner } from '${runners}';
    const runner = createLocalRunner();
    const call = (script) => ({ idempotencyKey: 'k', target: { id: 't', name: 't', address: {} }, args: ['sh', '-c', script], options: {}, timeoutMs: 60_000 });`;
  return spawn(node, ['--input-type=module', '-e', prepared + script], { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function textOf(own: ChildProcessByStdio<null, Readable, null>): Promise<string> {
  let text = '';
  for await (const bytes of own.stdout) text += String(bytes);
  return text;
}

const pidsOf = (stdout: string): number[] => stdout.trim().split('\n').map(Number);

describe('createLocalRunner', () => {
  it('hands every argument on as it is, without a shell', async () => {
    const odd = ['$HOME', '; touch hacked', '`id`', 'a b', '*', '', '"', "'"];
    const { outcome, stdout } = await run([node, '-e', 'console.log(JSON.stringify(process.argv.slice(1)))', '--', ...odd]);
    expect(outcome).toEqual({ state: 'ok', exitCode: 0 });
    expect(JSON.parse(stdout)).toEqual(odd);
    expect(existsSync(join(folder, 'hacked'))).toBe(false);
  });

  it('gives a clean environment, the folder and the key', async () => {
    process.env.SECRET_OF_OURS = 'x';
    const { stdout } = await run([node, '-e', 'console.log(JSON.stringify({ env: process.env, cwd: process.cwd() }))']);
    delete process.env.SECRET_OF_OURS;
    const { env, cwd } = JSON.parse(stdout) as { env: Record<string, string>; cwd: string };
    expect(Object.keys(env).toSorted()).toEqual(['HOME', 'LANG', 'OPSLOOP_IDEMPOTENCY_KEY', 'OPSLOOP_TARGET_ID', 'OPSLOOP_TARGET_NAME', 'PATH']);
    expect(env).toMatchObject({ OPSLOOP_IDEMPOTENCY_KEY: 'key-1', OPSLOOP_TARGET_ID: 'web 1', OPSLOOP_TARGET_NAME: 'Web "1"', LANG: 'C.UTF-8' });
    expect(cwd).toBe(folder);
  });

  it('finds commands on the path', async () => {
    expect((await run(['node', '-e', ''])).outcome.state).toBe('ok');
    expect((await run(['sh', '-c', 'exit 0'])).outcome.state).toBe('ok');
  });

  it.each([
    ['a status', [node, '-e', 'console.error("no"); process.exit(3)'], { state: 'failed', reason: 'non-zero-exit', exitCode: 3 }],
    ['a signal', ['sh', '-c', 'kill -SEGV $$'], { state: 'failed', reason: 'non-zero-exit', detail: 'ended by SIGSEGV' }],
    ['no such command', ['no-such-command-here'], { state: 'failed', reason: 'command-not-found', detail: 'there is no command no-such-command-here on this host' }],
    ['nothing to execute', [tmpdir()], { state: 'failed', reason: 'command-not-found', detail: `${tmpdir()} may not be executed` }],
    ['a null byte', [node, 'a\0b'], { state: 'failed', reason: 'other', detail: expect.stringMatching(/null bytes/) }],
    ['no command', [''], { state: 'failed', reason: 'other', detail: expect.any(String) }],
  ])('says how it ended: %s', async (_name, args, outcome) => {
    expect((await run(args)).outcome).toEqual(outcome);
  });

  it('says that its folder is missing', async () => {
    const outcome = await createLocalRunner({ cwd: join(folder, 'gone') }).run(call(['true']), () => undefined, new AbortController().signal);
    expect(outcome).toMatchObject({ state: 'failed', detail: expect.stringMatching(/gone, where commands start, does not exist/) });
  });

  it('tells both streams while the command runs, and breaks no character', async () => {
    const seen: { atMs: number; text: string }[] = [];
    const script = 'process.stdout.write(Buffer.from([0xed, 0x95])); setTimeout(() => { process.stdout.write(Buffer.from([0x9c])); console.error("err"); }, 300)';
    await runner.run(call([node, '-e', `console.log("first"); setTimeout(() => { ${script} }, 100)`]), ({ stream, text }) => seen.push({ atMs: performance.now(), text: `${stream}:${text}` }), new AbortController().signal);
    expect(seen.map((one) => one.text)).toEqual(['stdout:first\n', 'stdout:한', 'stderr:err\n']);
    expect(seen[1]!.atMs - seen[0]!.atMs).toBeGreaterThan(200);
  });

  it('keeps output up to the limit, and counts the rest', async () => {
    const { outcome, stdout, stderr } = await run([node, '-e', 'process.stdout.write("x".repeat(1e6))']);
    expect(outcome.state).toBe('ok');
    expect(stdout).toHaveLength(10_000);
    expect(stderr).toBe('\n[990000 bytes are not shown here: the limit is 10000]\n');
  });

  describe('ends the whole process group', () => {
    // A shell with a child in the background; both print their pid.
    const family = ['sh', '-c', 'sh -c \'trap "" TERM; echo $$; while true; do sleep 0.05; done\' & echo $$; wait'];

    it('when the time is over, also what ignores SIGTERM', async () => {
      const startMs = performance.now();
      const { outcome, stdout } = await run(family, 400);
      expect(outcome).toEqual({ state: 'timed-out', reason: 'timed-out', detail: 'ended after 400 ms' });
      expect(performance.now() - startMs).toBeLessThan(3_000);
      expect(pidsOf(stdout)).toHaveLength(2);
      await waitMs(50);
      expect(pidsOf(stdout).filter(isAlive)).toEqual([]);
    });

    it('when it is cancelled', async () => {
      const cancel = new AbortController();
      setTimeout(() => cancel.abort(), 300);
      const { outcome, stdout } = await run(family, 60_000, cancel.signal);
      expect(outcome).toMatchObject({ state: 'cancelled', reason: 'cancelled' });
      await waitMs(50);
      expect(pidsOf(stdout).filter(isAlive)).toEqual([]);
    });

    it('with SIGKILL when the leader itself ignores SIGTERM', async () => {
      const startMs = performance.now();
      const { outcome, stdout } = await run([node, '-e', 'process.on("SIGTERM", () => console.log("no")); console.log(process.pid); setInterval(() => {}, 1000)'], 500);
      expect(outcome.state).toBe('timed-out');
      expect(performance.now() - startMs).toBeGreaterThanOrEqual(750);
      expect(isAlive(pidsOf(stdout)[0]!)).toBe(false);
    });

    it('or says that it could not, and does not wait for ever for one that belongs to another user', async () => {
      const { kill } = process;
      // As the system refuses it for what runs under sudo.
      process.kill = () => {
        throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
      };
      try {
        const { outcome, stdout } = await run(['sh', '-c', 'echo $$; exec sleep 20'], 300);
        const pid = pidsOf(stdout)[0]!;
        expect(outcome).toEqual({ state: 'timed-out', reason: 'timed-out', detail: `process ${pid} could not be ended and may still run: it belongs to another user, or waits in the kernel` });
        kill(pid, 'SIGKILL');
      } finally {
        process.kill = kill;
      }
    });

    it('when its own process ends before the time for SIGKILL has come', async () => {
      const own = ownProcess(`const cancel = new AbortController();
        void runner.run(call('trap "" TERM; sleep 30 & echo $$; echo $!; while true; do sleep 0.05; done'), (chunk) => console.log(chunk.text.trim()), cancel.signal);
        setTimeout(() => cancel.abort(), 500);
        setTimeout(() => process.exit(), 700);`);
      const pids = pidsOf(await textOf(own));
      expect(pids).toHaveLength(2);
      await eventually('both are gone', () => !pids.some(isAlive), 2_000);
    });

    it('and leaves nothing behind in its own process, however many there were', async () => {
      const before = process.listenerCount('exit');
      const cancel = new AbortController();
      const ended = Array.from({ length: 12 }, () => run(['sleep', '30'], 60_000, cancel.signal));
      cancel.abort();
      expect(process.listenerCount('exit')).toBeLessThanOrEqual(before + 1);
      await Promise.all(ended);
      expect(process.listenerCount('exit')).toBe(before);
    });
  });

  it('leaves alone what a finished command started, and does not wait for its output', async () => {
    const startMs = performance.now();
    const { outcome, stdout } = await run(['sh', '-c', 'sleep 5 & echo $!']);
    expect(outcome.state).toBe('ok');
    expect(performance.now() - startMs).toBeLessThan(2_500);
    const pid = Number(stdout);
    expect(isAlive(pid)).toBe(true);
    process.kill(pid, 'SIGKILL');
  });

  it('leaves it alone too when the step is cancelled just after the command has finished', async () => {
    const cancel = new AbortController();
    let stdout = '';
    const outcome = await runner.run(call(['sh', '-c', 'sleep 5 & echo $!']), ({ text }) => {
      stdout += text;
      setTimeout(() => cancel.abort(), 200);
    }, cancel.signal);
    expect(cancel.signal.aborted).toBe(true);
    expect(outcome).toEqual({ state: 'ok', exitCode: 0 });
    expect(isAlive(Number(stdout))).toBe(true);
    process.kill(Number(stdout), 'SIGKILL');
  });

  it('does not end a service that goes on writing to the output of the finished step', async () => {
    const { outcome, stdout } = await run(['sh', '-c', '(for i in 1 2 3 4 5 6; do sleep 0.2; echo tick; done; echo ended > service) & echo started']);
    expect(outcome.state).toBe('ok');
    expect(stdout).toMatch(/^started\n(tick\n){1,4}$/);
    await eventually('the service has written all that it had to', () => existsSync(join(folder, 'service')), 5_000);
  });

  it('lets its own process end although a service holds the output', async () => {
    const own = ownProcess(`const { state } = await runner.run(call('sleep 8 & echo $!'), (chunk) => console.log(chunk.text), new AbortController().signal); console.log(state);`);
    const startMs = performance.now();
    const [pid] = pidsOf(await textOf(own));
    expect(performance.now() - startMs).toBeLessThan(5_000);
    expect(isAlive(pid!)).toBe(true);
    process.kill(pid!, 'SIGKILL');
  });

  it('starts nothing that is cancelled already', async () => {
    expect((await run([node, '-e', 'require("fs").writeFileSync("ran", "")'], 1_000, AbortSignal.abort())).outcome.state).toBe('cancelled');
    expect(existsSync(join(folder, 'ran'))).toBe(false);
  });
});
