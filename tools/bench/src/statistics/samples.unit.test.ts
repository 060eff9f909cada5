import { describe, expect, it } from 'vitest';
import { median, ratio, sum } from './samples.js';

describe('median', () => {
  it('is the middle value of an odd number of values', () => expect(median([9, 1, 4])).toBe(4));
  it('is the mean of the middle two of an even number', () => expect(median([9, 1, 4, 2])).toBe(3));
  it('orders numbers by size, not as text', () => expect(median([10, 9, 100])).toBe(10));
  it('does not exist for no values', () => expect(median([])).toBeUndefined());
  it('leaves its argument as it was', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });
});

it('a ratio to nothing does not exist', () => {
  expect(ratio(3, 4)).toBe(0.75);
  expect(ratio(3, 0)).toBeUndefined();
});

it('adds', () => expect(sum([1, 2.5, -1])).toBe(2.5));
