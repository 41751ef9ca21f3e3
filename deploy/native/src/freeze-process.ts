import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const frozenWithinMs = 10_000;
const lookEveryMs = 5;

/** SIGSTOP; resolves when no thread of the process runs any more: until then it may still answer. */
export async function freezeProcess(child: ChildProcess | undefined): Promise<void> {
  if (child?.pid === undefined) return;
  child.kill('SIGSTOP');
  for (const endMs = performance.now() + frozenWithinMs; !standsStill(child.pid); ) {
    if (performance.now() > endMs) throw new Error(`process ${child.pid} does not stand still`);
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

/** Known on Linux alone; elsewhere the signal is believed. */
function standsStill(pid: number): boolean {
  if (process.platform !== 'linux') return true;
  try {
    return readdirSync(`/proc/${pid}/task`).every((thread) => /\) [TtXZ] /.test(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')));
  } catch {
    // A thread has ended while it was looked at.
    return false;
  }
}
