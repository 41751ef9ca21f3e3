/** Runs a suite by name and closes with the line `N passed, N failed, N skipped`, counted from the runner's own report. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './source-files.js';

/**
 * unit: all that needs nothing but Node; pages: a browser looks at the pages, one that is installed; engines: real engines and agents, which are installed by their launchers.
 * Tests wait more than they compute, so there are more workers than a small machine has cores; a suite of engines is a cluster of processes, so they run one after the other.
 */
const suites: Record<string, string[]> = {
  unit: ['--maxWorkers=4', '--testPathIgnorePatterns', '/node_modules/', '/dist/', '\\.(int|page)\\.test\\.tsx?$'],
  pages: ['--maxWorkers=3', '--testMatch', '**/*.page.test.ts'],
  engines: ['--maxWorkers=1', '--testMatch', '**/*.int.test.ts'],
};

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numRuntimeErrorTestSuites: number;
}

const suite = process.argv[2] ?? '';
const chosen = suites[suite];
if (!chosen) {
  console.error(`usage: run-tests ${Object.keys(suites).join('|')} [jest options]`);
  process.exit(2);
}

/** Emptied at the end, with all that tests leave behind. Some run what they make there as another user. */
const folder = makeFolder(suite !== 'engines');
chmodSync(folder, 0o755);
const reportPath = join(folder, 'report.json');
const jest = join(root, 'node_modules/jest/bin/jest.js');
// Every suite loads its modules anew: with room for young objects that takes a tenth less, and another is saved where V8 does not
// optimize at once what a suite soon throws away.
const options = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', '--min-semi-space-size=32', '--max-semi-space-size=64', '--interrupt-budget=600000', jest, '--json', `--outputFile=${reportPath}`, ...chosen, ...process.argv.slice(3)];
const { status } = spawnSync(process.execPath, options, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, TMPDIR: folder } });

const report = JSON.parse(readFileSync(reportPath, 'utf8')) as Report;
rmSync(folder, { recursive: true });
const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
console.log(`${report.numPassedTests} passed, ${failed} failed, ${report.numPendingTests} skipped`);
process.exitCode = status === 0 && failed === 0 && report.numPassedTests > 0 ? 0 : 1;

/**
 * In memory where there is room for it: these tests kill processes, not machines, and to wait for a disk was a sixth of
 * their time. The faults under load and the engines write to a real one.
 */
function makeFolder(inMemory: boolean): string {
  const name = 'opsloop-tests-';
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    if (inMemory && bavail * bsize >= 4 * 2 ** 30) return mkdtempSync(join('/dev/shm', name));
  } catch {
    // No such place: the ordinary one then.
  }
  return mkdtempSync(join(tmpdir(), name));
}
