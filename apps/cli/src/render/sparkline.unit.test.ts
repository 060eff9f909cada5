import { describe, expect, it } from 'vitest';
import { rangeOf, sparkline } from './sparkline.js';

describe('sparkline', () => {
  it('spans the range from the lowest to the highest bar', () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 20)).toBe('▁▂▃▄▅▆▇█');
    expect(sparkline([0, 5], 20, { min: 0, max: 10 })).toBe('▁▅');
    expect(sparkline([-5, 50], 20, { min: 0, max: 10 })).toBe('▁█');
  });

  it('draws gaps as blanks and a flat line in the middle', () => {
    expect(sparkline([1, undefined, 2], 20)).toBe('▁ █');
    expect(sparkline([3, 3, 3], 20)).toBe('▄▄▄');
    expect(sparkline([], 20)).toBe('');
    expect(sparkline([undefined], 20)).toBe(' ');
  });

  it('averages equal stretches when there is more than fits', () => {
    expect(sparkline([0, 0, 7, 7, undefined, 7, 0, 7], 4)).toBe('▁██▄'.replace('▄', '▅'));
    expect([
      ...sparkline(
        Array.from({ length: 1000 }, (_, i) => i),
        60,
      ),
    ]).toHaveLength(60);
  });

  it('knows the range of what is known', () => {
    expect(rangeOf([undefined, 2, -1])).toEqual({ min: -1, max: 2 });
    expect(rangeOf([undefined])).toEqual({ min: 0, max: 0 });
  });
});
