/**
 * Order of test files: those that take longest first, so that the rest fills the time beside them. The first ones wait
 * for processes for most of their time; one that computes runs beside them from the start, since else the cores idle.
 * The rest goes by name, not by folder, for the same reason: it mixes packages that wait with packages that compute.
 */
import { basename } from 'node:path';

interface TestFile {
  readonly path: string;
}

const slow = [/\/e2e\/src\/(incident|replay)/, /\/kill-all-in-one/, /\/create-embedded-metric-store/, /\/fake-api\/pages/, /\/e2e\//, /\/services\/(action|aggregator)\/.*\/(service|send-notices|create-telling)\.test/, /\.fault\.test\./, /\/create-embedded-(bus|documents)/];

function rank({ path }: TestFile): number {
  const found = slow.findIndex((pattern) => pattern.test(path));
  return found < 0 ? slow.length : found;
}

/** What jest asks of a test sequencer. */
export default class SlowFirst {
  sort<T extends TestFile>(tests: readonly T[]): T[] {
    return tests.toSorted((a, b) => rank(a) - rank(b) || basename(a.path).localeCompare(basename(b.path)));
  }

  allFailedTests<T extends TestFile>(tests: readonly T[]): readonly T[] {
    return tests;
  }

  cacheResults(): void {}
}
