import { describe, expect, it } from 'vitest';
import { compareCompletions, firstDifference } from './equality.js';

const completion = (prompt: string, policy: string, tokenIds: number[], repeat = 0) => ({
  prompt,
  policy,
  repeat,
  tokenIds,
});

describe('comparing greedy texts', () => {
  it('finds none that differ when all are equal', () => {
    const list = [completion('a', 'adaedl', [1, 2]), completion('a', 'off', [1, 2]), completion('b', 'off', [3])];
    expect(compareCompletions(list)).toEqual({ prompts: 1, differingPrompts: 0, differences: [] });
  });

  it('blames what differs from off, wherever off stands', () => {
    const list = [
      completion('a', 'adaedl', [1, 9, 3]),
      completion('a', 'off', [1, 2, 3]),
      completion('a', 'static:2', [1, 2, 3]),
      completion('a', 'static:2', [1, 2], 1),
      completion('b', 'off', [4]),
      completion('b', 'adaedl', [4]),
    ];
    expect(compareCompletions(list)).toEqual({
      prompts: 2,
      differingPrompts: 1,
      differences: [
        { prompt: 'a', policy: 'adaedl', repeat: 0, firstDifference: 1 },
        { prompt: 'a', policy: 'static:2', repeat: 1, firstDifference: 2 },
      ],
    });
  });
});

it('a text that goes on differs where the other one ends', () => {
  expect(firstDifference([1, 2], [1, 2, 3])).toBe(2);
  expect(firstDifference([], [])).toBeUndefined();
});
