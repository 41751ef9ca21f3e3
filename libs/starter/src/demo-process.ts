import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { demoPolicyName } from './demo-definitions.js';

export interface DemoProcess {
  /** Address of the service that was started last; it may be down. */
  url(): Promise<string | undefined>;
  /** Resolves when it answers; does nothing where it already does. */
  start(): Promise<{ readonly pid: number; readonly started: boolean }>;
  /** Ends the process; false when none was running. */
  stop(): Promise<boolean>;
}

interface Address {
  readonly pid: number;
  readonly url: string;
}

const startWithinMs = 10_000;

/** The demo service as its control sees it: found by a file in `folder`, asked over HTTP who it is. */
export function createDemoProcess(folder: string): DemoProcess {
  /** A power cut may leave the file empty, as nothing waits for it to be on the disk: then nobody runs either. */
  async function address(): Promise<Address | undefined> {
    try {
      return (JSON.parse(await readFile(join(folder, 'demo.json'), 'utf8')) as Address | null) ?? undefined;
    } catch {
      return undefined;
    }
  }

  /** The pid is asked of the service itself: a pid in a file may belong to somebody else by now. */
  async function runningPid(): Promise<number | undefined> {
    const known = await address();
    if (!known) return undefined;
    try {
      const answer = (await (await fetch(known.url, { signal: AbortSignal.timeout(1_000) })).json()) as { service?: string; pid?: number };
      return answer.service === 'opsloop-demo' && answer.pid === known.pid ? known.pid : undefined;
    } catch {
      return undefined;
    }
  }

  return {
    url: async () => (await address())?.url,
    async start() {
      const running = await runningPid();
      if (running !== undefined) return { pid: running, started: false };
      mkdirSync(folder, { recursive: true });
      spawn(process.execPath, [fileURLToPath(new URL('./demo-service.js', import.meta.url)), folder], { detached: true, stdio: 'ignore' }).unref();
      const untilMs = Date.now() + startWithinMs;
      while (Date.now() < untilMs) {
        const pid = await runningPid();
        if (pid !== undefined) return { pid, started: true };
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error(`the demo service did not answer within ${startWithinMs / 1000} s`);
    },
    async stop() {
      const pid = await runningPid();
      if (pid === undefined) return false;
      process.kill(pid, 'SIGTERM');
      while ((await runningPid()) !== undefined) await new Promise((resolve) => setTimeout(resolve, 50));
      return true;
    },
  };
}

/** What an incident is simulated by: the demo service is stopped, and the policy that notices it is named. */
export async function stopDemo(demo: DemoProcess): Promise<{ alarmPolicy: string; text: string }> {
  const stopped = await demo.stop();
  return { alarmPolicy: demoPolicyName, text: stopped ? 'The demo service was stopped. Its alarm opens within seconds, and the loop repairs it.' : 'The demo service was down already; the loop is repairing it.' };
}
