import { expect, it } from 'vitest';
import { checkTestNames } from './test-names.mjs';

it.each([
  'libs/a/src/b.unit.test.ts',
  'apps/a/src/deep/b-c.int.test.ts',
  'tools/a/b.e2e.test.ts',
  'libs/a/src/b.paper.test.ts',
])('accepts %s', (path) => {
  expect(checkTestNames([path])).toEqual([]);
});

it.each([
  'libs/a/src/b.test.ts',
  'libs/a/src/b.slow.test.ts',
  'libs/a/src/b.spec.ts',
  'libs/a/src/unit.test.ts',
  'libs/a/src/b.unit.test.js',
  'b.unit.test.ts',
])('reports %s', (path) => {
  expect(checkTestNames([path])).toEqual([expect.stringContaining(`${path}: name it`)]);
});

it.each(['libs/a/src/policy-spec.ts', 'libs/a/src/test.ts', 'libs/a/src/b.fixture.ts'])(
  'takes %s for no test',
  (path) => {
    expect(checkTestNames([path])).toEqual([]);
  },
);
