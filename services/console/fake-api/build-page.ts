import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The page as it is now, built or out of the cache. */
export function buildPage(): URL {
  // The options of the test runner are not those of the build.
  const { NODE_OPTIONS: _options, NODE_ENV: _mode, ...env } = process.env;
  try {
    execFileSync('npx', ['nx', 'run', '@opsloop/console:page'], { cwd: root, env, stdio: 'pipe' });
  } catch (error) {
    throw new Error(`The page cannot be built: ${String((error as { stdout?: Buffer }).stdout ?? error)}`, { cause: error });
  }
  return new URL('../dist/page/', import.meta.url);
}
