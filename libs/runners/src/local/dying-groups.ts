import type { ChildProcess } from 'node:child_process';

export interface DyingGroups {
  askToEnd(child: ChildProcess): void;
  kill(child: ChildProcess): void;
}

/**
 * Process groups on their way from SIGTERM to SIGKILL. A timer for that would die with this process, and what ignores
 * SIGTERM would run on beside the executor that takes over: so whoever is left when this process ends goes at once.
 */
export function createDyingGroups(): DyingGroups {
  const dying = new Set<ChildProcess>();
  const killAll = (): void => dying.forEach((child) => signalGroup(child, 'SIGKILL'));

  return {
    askToEnd(child) {
      // One listener for all of them: of many, node warns.
      if (dying.size === 0) process.once('exit', killAll);
      dying.add(child);
      signalGroup(child, 'SIGTERM');
    },
    kill(child) {
      signalGroup(child, 'SIGKILL');
      dying.delete(child);
      if (dying.size === 0) process.off('exit', killAll);
    },
  };
}

function signalGroup(child: ChildProcess, name: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, name);
  } catch {
    // The group is gone.
  }
}
