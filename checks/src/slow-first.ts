/**
 * Order of test files. Those that take longest come first; the first ones start servers that have to be quick, so one that
 * only waits runs beside them. Then those that mostly wait, for processes, mail or clocks, are spread evenly among those
 * that compute, so that no core idles while several wait; none of them is among the last. The rest goes by name, not by
 * folder, for the same reason: it mixes packages.
 */
import { basename } from 'node:path';

interface TestFile {
  readonly path: string;
}

const long = [/\/e2e\/src\/(incident|replay)/, /\/fake-api\/all-pages/, /\/kill-all-in-one/, /\/send-notices\.test/, /\/create-embedded-metric-store/];
const waiting = [/\/services\/(action|aggregator)\/.*\/(service|create-telling)\.test/, /\.fault\.test\./, /\/create-embedded-bus/, /\/(trigger|executor)\/src\//];
/** The share of the others among which those that wait are spread. */
const spread = 0.6;

function rank({ path }: TestFile, patterns: readonly RegExp[]): number {
  const found = patterns.findIndex((pattern) => pattern.test(path));
  return found < 0 ? patterns.length : found;
}

/** What jest asks of a test sequencer. */
export default class SlowFirst {
  sort<T extends TestFile>(tests: readonly T[]): T[] {
    const sorted = tests.toSorted((a, b) => rank(a, long) - rank(b, long) || rank(a, waiting) - rank(b, waiting) || basename(a.path).localeCompare(basename(b.path)));
    const first = sorted.filter((test) => rank(test, long) < long.length);
    const rest = sorted.slice(first.length);
    const waits = rest.filter((test) => rank(test, waiting) < waiting.length);
    const computes = rest.slice(waits.length);
    const every = Math.max(1, Math.floor((computes.length * spread) / (waits.length + 1)));
    const mixed = computes.flatMap((test, at) => (at % every === 0 ? [...waits.splice(0, 1), test] : [test]));
    return [...first, ...mixed, ...waits];
  }

  allFailedTests<T extends TestFile>(tests: readonly T[]): readonly T[] {
    return tests;
  }

  cacheResults(): void {}
}
