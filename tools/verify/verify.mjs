/**
 * `npm test`: every check of the repository, then every test. Goes on after a failure, so that one run tells all;
 * only the tests are not run when the build failed. The last line is `N passed, N failed`, checks counted as tests.
 *
 * Usage: node tools/verify/verify.mjs [vitest arguments]
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkGeneratedCode } from './checks/generated-code.mjs';
import { checkLockFile } from './checks/lock-file.mjs';
import { checkTestNames } from './checks/test-names.mjs';
import { checkTestTools } from './checks/test-tools.mjs';
import { checkText } from './checks/text.mjs';
import { runTests } from './run-tests.mjs';
import { bufProblems, problemsOf, root, trackedFiles } from './workspace.mjs';

const files = trackedFiles().filter((path) => existsSync(join(root, path)));
const generated = 'libs/contracts/src/gen/';

/** In this order; each gives its problems, one a line. @type {[name: string, check: () => string[]][]} */
const checks = [
  ['build and type check', () => problemsOf('tsc', ['--build'])],
  ['generated code', checkGeneratedCode],
  ['protocol style', () => [...bufProblems(['lint']), ...bufProblems(['format', '--diff', '--exit-code'])]],
  ['protocol compatibility', () => bufProblems(['breaking', '--against', 'baseline.binpb'])],
  ['format', () => problemsOf('prettier', ['--check', '--log-level', 'warn', '.'])],
  ['lint', () => problemsOf(process.execPath, ['tools/verify/lint.mjs'])],
  ['test names', () => checkTestNames(files)],
  ['text', () => files.filter((path) => !path.startsWith(generated)).flatMap((path) => checkText(path, read(path)))],
  ['lock file', () => checkLockFile(JSON.parse(read('package-lock.json').toString()))],
  ['project references', () => problemsOf('nx', ['sync:check'])],
  ['tools of tests', () => checkTestTools()],
];

process.env['NX_DAEMON'] = 'false';

const failed = checks.filter(([name, check]) => !report(name, check)).map(([name]) => name);
const tests = failed.includes('build and type check')
  ? { passed: 0, failed: 1, skipped: 0 }
  : runTests(process.argv.slice(2));

const totals = [
  `${checks.length - failed.length + tests.passed} passed`,
  `${failed.length + tests.failed} failed`,
  ...(tests.skipped > 0 ? [`${tests.skipped} skipped`] : []),
];
if (failed.length > 0) console.log(`\nFailed checks: ${failed.join(', ')}`);
console.log(`\n${totals.join(', ')}`);
process.exitCode = failed.length + tests.failed > 0 ? 1 : 0;

/** @param {string} path */
function read(path) {
  return readFileSync(join(root, path));
}

/**
 * Runs one check and prints how it went.
 *
 * @param {string} name
 * @param {() => string[]} check
 * @returns {boolean} whether it passed
 */
function report(name, check) {
  const start = Date.now();
  const problems = check();
  const seconds = ((Date.now() - start) / 1000).toFixed(1);
  console.log(`${problems.length === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  for (const problem of problems) console.log(`       ${problem}`);
  return problems.length === 0;
}
