/** Tests run from the sources of their own package and from the build of every other one: `npm run build` comes first. */
export default {
  testEnvironment: '<rootDir>/checks/dist/test-environment.js',
  roots: ['<rootDir>/libs', '<rootDir>/services', '<rootDir>/cli', '<rootDir>/checks', '<rootDir>/faults', '<rootDir>/e2e', '<rootDir>/deploy'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['<rootDir>/data', '/dist/.*\\.test\\.'],
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.tsx?$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript', tsx: true }, transform: { react: { runtime: 'automatic' } } }, module: { type: 'es6' }, sourceMaps: 'inline' }],
  },
  testSequencer: '<rootDir>/checks/dist/slow-first.js',
  testTimeout: 60_000,
  // What a suite has loaded stays in its worker, and is gone through with every collection: after some dozens of suites
  // that would take as long as the tests. To end takes such a worker longer than the default of half a second, too.
  workerIdleMemoryLimit: '400MB',
  workerGracefulExitTimeout: 5_000,
};
