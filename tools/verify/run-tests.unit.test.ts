import { expect, it } from 'vitest';
import { totals } from './run-tests.mjs';

const report = { numPassedTests: 7, numFailedTests: 0, numPendingTests: 2, numTodoTests: 1 };

it('counts what vitest reports', () => {
  expect(totals(report, true)).toEqual({ passed: 7, failed: 0, skipped: 3 });
  expect(totals({ ...report, numFailedTests: 4 }, false)).toEqual({ passed: 7, failed: 4, skipped: 3 });
});

it('counts a failure that no test stands for, such as a file that does not load', () => {
  expect(totals(report, false)).toEqual({ passed: 7, failed: 1, skipped: 3 });
});

it('counts a run without a report as failed', () => {
  expect(totals(undefined, false)).toEqual({ passed: 0, failed: 1, skipped: 0 });
});
