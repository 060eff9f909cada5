import { describe, expect, it } from 'vitest';
import { type Waiting, choosePass } from './choose-pass.js';
import type { Lane } from './lanes.js';

/** Tasks with a lane of each width. */
function waitingFor(...tasks: readonly (readonly number[])[]): (Waiting & { readonly id: number })[] {
  const lane = (width: number) => ({ tokens: Array.from({ length: width }, () => 0) }) as unknown as Lane;
  return tasks.map((widths, id) => ({ id, wanted: { kind: 'block' as const, lanes: widths.map(lane) } }));
}

const chosen = (limits: { maxLanes: number; maxTokens: number }, ...tasks: readonly (readonly number[])[]) =>
  choosePass(waitingFor(...tasks), limits).map(({ id }) => id);

const LIMITS = { maxLanes: 4, maxTokens: 40 };

describe('a pass takes', () => {
  it('the first that came, up to its lanes', () => {
    expect(chosen(LIMITS, [1], [2], [3], [1], [1])).toEqual([0, 1, 2, 3]);
    expect(chosen(LIMITS, [1], [2, 3, 1], [1])).toEqual([0, 1]);
  });

  it('up to its tokens, those behind one that does not fit among them', () => {
    expect(chosen(LIMITS, [15], [15], [15], [10])).toEqual([0, 1, 3]);
  });

  it('a task alone that is beyond all limits', () => {
    expect(chosen(LIMITS, [100], [1])).toEqual([0]);
    expect(chosen(LIMITS, [1, 1, 1, 1, 1], [1])).toEqual([0]);
  });

  it('no wide lane beside many narrow ones, which would all be padded to it', () => {
    const wide = { maxLanes: 16, maxTokens: 128 };
    expect(chosen(wide, [1], [1], [1], [1], [1], [1], [32], [1])).toEqual([0, 1, 2, 3, 4, 5, 7]);
    expect(chosen(wide, [1], [1], [1], [1], [1], [1], [9])).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(chosen(wide, [32], [1], [1])).toEqual([0, 1]);
  });
});
