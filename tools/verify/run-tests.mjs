import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bin, root } from './workspace.mjs';

/**
 * @typedef {object} Totals numbers of tests
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 */

/**
 * Runs vitest, with its report on standard output.
 *
 * @param {string[]} args further arguments for it
 * @returns {Totals}
 */
export function runTests(args) {
  const folder = mkdtempSync(join(tmpdir(), 'outrider-tests-'));
  const file = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const { status } = spawnSync(join(bin, 'vitest'), ['run', ...reporters, ...args], { cwd: root, stdio: 'inherit' });
    return totals(existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined, status === 0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number } | undefined} report
 *   vitest's JSON report; undefined when it wrote none
 * @param {boolean} succeeded how vitest exited
 * @returns {Totals} with at least one failure unless vitest succeeded: a file that does not load holds no failed test
 */
export function totals(report, succeeded) {
  const failed = report?.numFailedTests ?? 0;
  return {
    passed: report?.numPassedTests ?? 0,
    failed: succeeded ? failed : Math.max(failed, 1),
    skipped: (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0),
  };
}
