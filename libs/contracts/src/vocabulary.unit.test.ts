import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createVocabulary, firstUnusable } from './vocabulary.js';

it('finds the first unknown or repeated id, as a set does, list after list', () => {
  const vocabulary = createVocabulary(50);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 55 }), { maxLength: 30 }), (ids) => {
      const oracle = ids.findIndex((id, i) => id >= 50 || ids.indexOf(id) < i);
      expect(firstUnusable(ids, vocabulary)).toBe(oracle);
    }),
  );
});

it('starts its marks over when they run out', () => {
  const vocabulary = createVocabulary(4);
  firstUnusable([1], vocabulary);
  vocabulary.mark.value = 0xffffffff;
  expect(firstUnusable([1, 2], vocabulary)).toBe(-1);
  expect(firstUnusable([1, 1], vocabulary)).toBe(1);
});
