import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from './deploy-files.js';

export interface Start {
  /** Exit code; undefined when it started, and goes on until `stop`. */
  readonly code: number | undefined;
  /** What it said on standard error beside its log, which is JSON, a line each. */
  readonly errors: string;
  /** Where it listens; undefined when it does not. */
  readonly url: string | undefined;
  stop(): Promise<void>;
}

/** `node services/NAME/dist/main.js` with nothing in its environment but these settings, until it has ended or says that it started. */
export function startService(service: string, settings: Readonly<Record<string, string>>, cwd = root): Promise<Start> {
  const child = spawn(process.execPath, [join(cwd, 'services', service, 'dist', 'main.js')], { cwd, env: { PATH: process.env['PATH'], OPSLOOP_HTTP_PORT: '0', ...settings }, stdio: ['ignore', 'ignore', 'pipe'] });
  const killAtExit = (): void => void child.kill('SIGKILL');
  process.once('exit', killAtExit);
  let said = '';
  const ended = new Promise<number>((resolve) => child.once('close', (code) => {
    process.off('exit', killAtExit);
    resolve(code ?? -1);
  }));
  return new Promise((resolve) => {
    const settle = (code: number | undefined): void => resolve({
      code,
      errors: said.split('\n').filter((line) => !line.startsWith('{')).join('\n'),
      url: /"url":"([^"]+)","msg":"started"/.exec(said)?.[1],
      async stop() {
        child.kill('SIGTERM');
        await ended;
      },
    });
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('"msg":"started"')) settle(undefined);
    });
    void ended.then(settle);
  });
}
