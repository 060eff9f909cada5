import { describe, expect, it } from 'vitest';
import { ratioRange } from './bootstrap.js';
import { cellOf, rowOf } from './cell.js';
import { cellWith, figuresOf } from './study.fixture.js';

const key = { source: 'real', draft: 'default', temperature: 0 } as const;

describe('a cell', () => {
  const cell = cellWith(key, {
    off: 100,
    'static:1': 80,
    'static:7': 160,
    'max-confidence@7': 90,
    'adaedl@7': 64,
    pace: 60,
  });

  it('compares as the paper does: with off, the same length, the best static, max-confidence', () => {
    const row = rowOf(cell, 'adaedl@7');
    expect(cell.bestStatic).toBe('static:1');
    expect(row?.tokensPerSecond).toBeCloseTo(10 / 0.064, 9);
    expect(row?.overOff.ratio).toBeCloseTo(100 / 64, 9);
    expect(row?.overStatic?.ratio).toBeCloseTo(160 / 64, 9);
    expect(row?.overBestStatic.ratio).toBeCloseTo(80 / 64, 9);
    expect(row?.overMaxConfidence?.ratio).toBeCloseTo(90 / 64, 9);
    expect(row).toMatchObject({ acceptanceRate: 0.3, drafted: 40, acceptedLength: 2.2 });
    expect(row?.overOffByKind).toEqual({ code: 100 / 64, lists: 100 / 64 });
  });

  it('leaves out what does not apply', () => {
    expect(rowOf(cell, 'off')).not.toHaveProperty('overStatic');
    expect(rowOf(cell, 'off')).not.toHaveProperty('acceptanceRate');
    expect(rowOf(cell, 'pace')).not.toHaveProperty('overMaxConfidence');
    expect(rowOf(cell, 'pace')).not.toHaveProperty('ceilingShare');
  });

  it('holds pace against the quickest other policy', () => {
    expect(cell.rival?.policy).toBe('adaedl@7');
    expect(cell.rival?.ratio).toBeCloseTo(64 / 60, 9);
  });

  it('knows the share of the ceiling of replays', () => {
    const replayed = cellWith({ ...key, source: 'unit' }, { off: 100 });
    expect(rowOf(replayed, 'off')?.ceilingShare).toBe(0.5);
  });

  it('has no row for a policy that ended in its first rounds throughout', () => {
    const none = { decodeTokens: 0 };
    const figures = [figuresOf('off', 'code-1', 100), figuresOf('pace', 'code-1', 0, none)];
    expect(cellOf(key, ['off', 'pace'], figures).rows.map(({ policy }) => policy)).toEqual(['off']);
  });
});

describe('a range', () => {
  const many = (policy: string, ms: (i: number) => number) =>
    Array.from({ length: 20 }, (_, i) => figuresOf(policy, `code-${i}`, ms(i)));

  it('holds the pooled ratio, and is the same each time', () => {
    const [own, other] = [many('pace', (i) => 50 + i), many('off', () => 100)];
    const range = ratioRange(own, other);
    expect(range?.ratio).toBeCloseTo(100 / 59.5, 9);
    expect(range?.low).toBeLessThan(100 / 59.5);
    expect(range?.high).toBeGreaterThan(100 / 59.5);
    expect(ratioRange(own, other)).toEqual(range);
  });

  it('is a point where all prompts say the same, and wide where they disagree', () => {
    const same = ratioRange(
      many('pace', () => 50),
      many('off', () => 100),
    );
    expect([same?.low, same?.high]).toEqual([2, 2]);
    const torn = ratioRange(
      many('pace', (i) => (i % 2 === 0 ? 50 : 200)),
      many('off', () => 100),
    );
    expect((torn?.high ?? 0) - (torn?.low ?? 0)).toBeGreaterThan(0.2);
    expect(ratioRange([], [])).toBeUndefined();
  });
});
