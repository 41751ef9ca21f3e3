/** Steps as processes of this host: an argument list without a shell, a process group of its own, a clean environment. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname } from 'node:path';
import type { OutputChunk, Runner, StepCall, StepOutcome } from '@opsloop/ports';
import { boundedOutput } from '../bounded-output.js';
import { createDyingGroups, type DyingGroups } from './dying-groups.js';
import { createLeftPipes, type LeftPipes } from './left-pipes.js';

export interface LocalRunnerOptions {
  /** Where commands start; default: the home folder of the user that runs Opsloop. */
  readonly cwd?: string;
  readonly mostOutputBytes?: number;
  /** Between SIGTERM and SIGKILL, and at most as long again until the step is given up. */
  readonly killAfterMs?: number;
}

/** How long output is waited for once the process is gone: what it left in the background may hold the pipes for ever. */
const drainMs = 500;
/** Two a step. A service that is started again closes those of the one before, so this is reached only by very many services. */
const mostLeftPipes = 512;
const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin';

/**
 * Runs `args` on this host. A time-out or the signal ends the whole process group: SIGTERM, then SIGKILL, which comes at
 * once when this process ends before its time. What outlives even that (it runs as another user, as under sudo, or waits in
 * the kernel) is given up, and the outcome says so. A process that ends by itself may leave others behind (a service that it
 * started), and these are left alone.
 */
export function createLocalRunner({ cwd = homedir(), mostOutputBytes = 2 ** 20, killAfterMs = 5_000 }: LocalRunnerOptions = {}): Runner {
  const dying = createDyingGroups();
  const leftPipes = createLeftPipes(mostLeftPipes);
  return {
    name: 'local',
    async run(call, onOutput, signal) {
      if (signal.aborted) return { state: 'cancelled', reason: 'cancelled' };
      if (!existsSync(cwd)) return { state: 'failed', reason: 'other', detail: `the folder ${cwd}, where commands start, does not exist` };
      const [command = '', ...args] = call.args;
      let child: ChildProcess;
      try {
        child = spawn(command, args, { cwd, env: environment(call), shell: false, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
      } catch (error) {
        return notStarted(error, command);
      }
      return follow(child, { command, timeoutMs: call.timeoutMs, killAfterMs, mostOutputBytes, dying, leftPipes }, onOutput, signal);
    },
  };
}

/** Nothing of our own environment, which may hold secrets. */
function environment({ idempotencyKey, target }: StepCall): Record<string, string> {
  return {
    PATH: `${dirname(process.execPath)}:${systemPath}`,
    HOME: homedir(),
    LANG: 'C.UTF-8',
    OPSLOOP_IDEMPOTENCY_KEY: idempotencyKey,
    OPSLOOP_TARGET_ID: target.id,
    OPSLOOP_TARGET_NAME: target.name,
  };
}

interface Following {
  readonly command: string;
  readonly timeoutMs: number;
  readonly killAfterMs: number;
  readonly mostOutputBytes: number;
  readonly dying: DyingGroups;
  readonly leftPipes: LeftPipes;
}

function follow(child: ChildProcess, { command, timeoutMs, killAfterMs, mostOutputBytes, dying, leftPipes }: Following, onOutput: (chunk: OutputChunk) => void, signal: AbortSignal): Promise<StepOutcome> {
  const output = boundedOutput(onOutput, mostOutputBytes);
  child.stdout?.on('data', (bytes: Buffer) => output.write('stdout', bytes));
  child.stderr?.on('data', (bytes: Buffer) => output.write('stderr', bytes));

  return new Promise((resolve) => {
    let ending: 'timed-out' | 'cancelled' | undefined;
    let killer: NodeJS.Timeout | undefined;
    let drain: NodeJS.Timeout | undefined;
    let settled = false;

    function end(why: 'timed-out' | 'cancelled'): void {
      if (ending) return;
      ending = why;
      dying.askToEnd(child);
      killer = setTimeout(() => {
        dying.kill(child);
        killer = setTimeout(() => settle({ state: ending!, detail: `process ${child.pid} could not be ended and may still run: it belongs to another user, or waits in the kernel` }), killAfterMs);
      }, killAfterMs);
    }
    const onAbort = (): void => end('cancelled');
    const timer = setTimeout(() => end('timed-out'), timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });

    function settle(outcome: StepOutcome): void {
      // Pipes that are left open may close hours later.
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      clearTimeout(killer);
      clearTimeout(drain);
      signal.removeEventListener('abort', onAbort);
      // Whoever outlived the SIGTERM of its leader goes now.
      if (ending) dying.kill(child);
      // Only one that could not be ended is left: it keeps nothing open here.
      child.unref();
      for (const pipe of [child.stdout, child.stderr]) {
        if (ending) pipe?.destroy();
        else if (pipe && !pipe.destroyed) leftPipes.add(pipe);
      }
      output.end();
      resolve(ending ? { ...outcome, state: ending, reason: ending } : outcome);
    }

    child.once('error', (error) => settle(notStarted(error, command)));
    child.once('exit', (code, killedBy) => {
      const outcome = { ...outcomeOf(code, killedBy), ...(ending === 'timed-out' && { detail: `ended after ${timeoutMs} ms` }) };
      // What is left now has been left on purpose, unless it was to end before.
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      drain = setTimeout(() => settle(outcome), drainMs);
      child.once('close', () => settle(outcome));
    });
  });
}

function outcomeOf(code: number | null, killedBy: NodeJS.Signals | null): StepOutcome {
  if (code === 0) return { state: 'ok', exitCode: 0 };
  if (code === null) return { state: 'failed', reason: 'non-zero-exit', detail: `ended by ${killedBy ?? 'a signal'}` };
  return { state: 'failed', reason: 'non-zero-exit', exitCode: code };
}

function notStarted(error: unknown, command: string): StepOutcome {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return { state: 'failed', reason: 'command-not-found', detail: `there is no command ${command} on this host` };
  if (code === 'EACCES') return { state: 'failed', reason: 'command-not-found', detail: `${command} may not be executed` };
  return { state: 'failed', reason: 'other', detail: error instanceof Error ? error.message : String(error) };
}
