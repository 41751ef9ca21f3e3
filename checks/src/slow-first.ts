/** Order of test files: those that wait for processes and browsers first, so that the rest fills the time beside them. */
interface TestFile {
  readonly path: string;
}

const slow = [/\/e2e\//, /\/faults\//, /\/fake-api\//, /\.fault\.test\./, /\/engines-embedded\/src\/(bus|metrics)\//];

function rank({ path }: TestFile): number {
  const found = slow.findIndex((pattern) => pattern.test(path));
  return found < 0 ? slow.length : found;
}

/** What jest asks of a test sequencer. */
export default class SlowFirst {
  sort<T extends TestFile>(tests: readonly T[]): T[] {
    return tests.toSorted((a, b) => rank(a) - rank(b) || a.path.localeCompare(b.path));
  }

  allFailedTests<T extends TestFile>(tests: readonly T[]): readonly T[] {
    return tests;
  }

  cacheResults(): void {}
}
