import { CliError, type CliHost } from './cli-host.js';

const defaultWindowMs = 10_000;

/** Width of base windows where no server is asked, ms: OPSLOOP_WINDOW_MS; empty is as not set. */
export function localWindowOf({ environment }: CliHost): number {
  const text = environment['OPSLOOP_WINDOW_MS'] || String(defaultWindowMs);
  const ms = Number(text);
  if (!Number.isInteger(ms) || ms < 1_000 || 86_400_000 % ms !== 0) throw new CliError(`OPSLOOP_WINDOW_MS is ${text}: write milliseconds that divide a day evenly, for example 10000`);
  return ms;
}
