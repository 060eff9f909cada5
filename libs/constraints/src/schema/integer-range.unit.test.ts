import fc from 'fast-check';
import { expect, it } from 'vitest';
import { accepts, compiler, jsonSchema } from '../walks.fixture.js';
import { LARGEST } from './integer-range.js';

const integer = fc.oneof(
  fc.integer({ min: -1_200, max: 1_200 }),
  fc.integer({ min: -LARGEST, max: LARGEST }),
  fc.constantFrom(-1_000, -100, -10, -1, 0, 1, 9, 10, 99, 100, 999, LARGEST, -LARGEST),
);

it('whole numbers are accepted exactly when they are within the bounds', async () => {
  await fc.assert(
    fc.asyncProperty(integer, integer, fc.array(integer), async (one, other, samples) => {
      const [minimum, maximum] = [Math.min(one, other), Math.max(one, other)];
      const constraint = await compiler.compile(jsonSchema({ type: 'integer', minimum, maximum }));
      for (const value of [...samples, minimum - 1, minimum, minimum + 1, maximum - 1, maximum, maximum + 1])
        expect(accepts(constraint, String(value))).toBe(value >= minimum && value <= maximum);
    }),
    { seed: 1, numRuns: 500 },
  );
});

it('numbers within whole bounds are accepted with their decimals', async () => {
  const bound = fc.integer({ min: -120, max: 120 });
  const decimal = fc.integer({ min: -13_000, max: 13_000 }).map((value) => value / 100);
  await fc.assert(
    fc.asyncProperty(bound, bound, fc.array(decimal), async (one, other, samples) => {
      const [minimum, maximum] = [Math.min(one, other), Math.max(one, other)];
      const constraint = await compiler.compile(jsonSchema({ type: 'number', minimum, maximum }));
      for (const value of samples)
        expect(accepts(constraint, String(value))).toBe(value >= minimum && value <= maximum);
    }),
    { seed: 2, numRuns: 500 },
  );
});

it('has no leading zeros and no second way to write zero', async () => {
  const constraint = await compiler.compile(jsonSchema({ type: 'integer', minimum: -20, maximum: 20 }));
  expect(['0', '-0', '00', '07', '-07', '+7', '7'].map((text) => accepts(constraint, text))).toEqual([
    ...[true, false, false, false, false, false, true],
  ]);
});
