import { describe, expect, it } from 'vitest';
import { studyChecks } from './checks.js';
import { cellWith } from './study.fixture.js';
import type { StudyCell } from './types.js';

const at = (source: string, temperature = 0) => ({ source, draft: 'default', temperature }) as const;
const check = (cells: readonly StudyCell[], name: RegExp) => studyChecks(cells).find((each) => name.test(each.name));

describe('checks', () => {
  it('says nothing of what was not measured', () => {
    expect(studyChecks([])).toEqual([]);
  });

  it('takes the best draft of pace, at its temperature', () => {
    const slow = cellWith(at('real'), { off: 100, pace: 90 });
    const quick = cellWith({ ...at('real'), draft: 'ngram' }, { off: 100, pace: 78 });
    expect(check([slow], /^pace with its best draft at temperature 0/)?.passed).toBe(false);
    expect(check([slow, quick], /^pace with its best draft at temperature 0/)).toMatchObject({
      passed: true,
      found: '1.28 times (1.28 to 1.28) with ngram',
    });
    expect(check([slow, quick], /temperature 1, real/)).toBeUndefined();
  });

  it('holds adaedl against the same length under the A100 profile', () => {
    const ms = { off: 100, 'static:7': 90, 'adaedl@7': 80, 'adaedl:discard@7': 85 };
    const wanted = /^adaedl@7 under the A100 profile at temperature 0/;
    expect(check([cellWith(at('a100-llama2-7b'), ms)], wanted)?.passed).toBe(true);
    expect(check([cellWith(at('a100-llama2-7b'), { ...ms, 'adaedl@7': 85 })], wanted)?.passed).toBe(false);
  });

  it('forgives pace what is within the noise, in a cell and not on average', () => {
    const within = cellWith(at('real'), { off: 100, 'static:1': 80, pace: 80 });
    const behind = cellWith(at('real', 1), { off: 100, 'static:1': 80, pace: 85 });
    expect(check([within], /^pace, real: in every cell/)?.passed).toBe(true);
    expect(check([within, behind], /^pace, real: in every cell/)).toMatchObject({
      passed: false,
      found: expect.stringMatching(/^not in 1 of 2: default at 1: 0.94 times .* of static:1$/) as string,
    });
    expect(check([within, behind], /^pace, real: better/)).toMatchObject({ passed: false });
  });

  it('lets pace cost 2 % where drafting cannot pay, and asks no more of it there', () => {
    const cells = [
      cellWith(at('no-gain'), { off: 100, pace: 101.5 }),
      cellWith(at('no-gain', 1), { off: 100, pace: 104 }),
    ];
    expect(check(cells.slice(0, 1), /cannot pay/)?.passed).toBe(true);
    expect(check(cells, /cannot pay/)).toMatchObject({
      passed: false,
      found: expect.stringContaining('0.962') as string,
    });
    expect(check(cells, /^pace, no-gain/)).toBeUndefined();
  });

  it('counts the policies whose replays agree with real runs', () => {
    const ms = { off: 100, 'static:1': 90, 'static:7': 120, 'adaedl@7': 80 };
    const real = cellWith(at('real'), ms);
    const near = cellWith(at('this-machine'), { ...ms, 'adaedl@7': 83 });
    const far = cellWith(at('this-machine'), { ...ms, 'adaedl@7': 90 });
    expect(check([real, near], /^replays agree/)).toMatchObject({
      passed: true,
      found: '4 of 4: off +0.0 %, static:1 +0.0 %, static:7 +0.0 %, adaedl@7 -3.6 %',
    });
    expect(check([real, far], /^replays agree/)?.passed).toBe(false);
  });
});
