// A date that is read without its zone must not depend on the machine: UTC would hide it.
process.env.TZ = 'Asia/Kathmandu';

// Tests run from source: workspace packages resolve to their src by the condition below.
/** @type {import('jest').Config} */
module.exports = {
  testMatch: [
    '<rootDir>/test/**/*.test.ts',
    '<rootDir>/packages/*/test/**/*.test.ts',
    '<rootDir>/docs/**/*.test.ts',
  ],
  globalSetup: '<rootDir>/test/build.js',
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@ams-rest/source', 'node', 'node-addons', 'require'] },
  transform: { '\\.ts$': ['ts-jest', { tsconfig: '<rootDir>/tsconfig.json' }] },
  // No test depends on speed: this bounds one that hangs, on any machine.
  testTimeout: 120_000,
  // Two for each core: the suites that start processes mostly wait for them.
  maxWorkers: 2 * require('node:os').availableParallelism(),
};
