// Runs once before all tests: those that start the console client as a process start what was built, which takes a
// tenth of the time. Types are the type check's business.
const { execFileSync } = require('node:child_process');
const { join } = require('node:path');

module.exports = () => {
  const root = join(__dirname, '..');
  const tsc = require.resolve('typescript/bin/tsc');
  const project = join(root, 'packages/test-client/tsconfig.build.json');
  execFileSync(process.execPath, [tsc, '--build', '--noCheck', project], { stdio: 'inherit' });
  execFileSync(process.execPath, [join(root, 'packages/ams-rest/bundle.mjs')], { stdio: 'inherit' });
};
