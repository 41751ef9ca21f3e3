import type { Logger } from './logger.js';
import type { Part } from '../part/part.js';

const stopWithinMs = 20_000;
/** Threads that are cut off at that deadline still come back from what they are doing. */
const comeBackMs = 5_000;
/** Ctrl-C reaches this process from the terminal and from npm, and a service manager's signal likewise: within this it is the same one. */
const sameSignalMs = 1_000;

/**
 * Starts a part and keeps the process until SIGINT or SIGTERM; then stops it within a deadline and exits 0.
 * A failed start prints one line and exits 1. Another signal a second later or more exits at once.
 */
export async function runUntilSignal(part: Part, logger: Logger): Promise<void> {
  // Signal listeners alone do not keep Node alive.
  const alive = setInterval(() => undefined, 60_000);
  let stoppingSinceMs: number | undefined;

  async function stop(signal: string): Promise<void> {
    if (stoppingSinceMs !== undefined) {
      if (performance.now() - stoppingSinceMs < sameSignalMs) return;
      process.exit(1);
    }
    stoppingSinceMs = performance.now();
    logger.info({ signal }, 'stopping');
    const overdue = setTimeout(() => {
      logger.error('the stop took too long; what was not finished is replayed at the next start');
      process.exit(1);
    }, stopWithinMs + comeBackMs);
    try {
      await part.stop(stopWithinMs);
    } catch (error) {
      logger.error({ err: error }, 'the stop was not clean');
      process.exitCode = 1;
    }
    clearTimeout(overdue);
    clearInterval(alive);
    process.exit();
  }

  process.on('SIGINT', () => void stop('SIGINT'));
  process.on('SIGTERM', () => void stop('SIGTERM'));
  try {
    await part.start();
  } catch (error) {
    process.stderr.write(`${part.name} cannot start: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
