import { describe, expect, it } from 'vitest';
import { BINS, type Prospects, type Sureness, type SurenessByPlace, plan } from './plan.js';

const always = (bin: number): SurenessByPlace => {
  const sureness: Sureness = { shares: Array.from({ length: BINS }, (_, i) => Number(i === bin)), count: 1 };
  return { first: sureness, later: sureness };
};
const acceptanceOf = (bin: number): number => (bin + 0.5) / BINS;

const base: Prospects = {
  rate: 0.1,
  maxTokens: 24,
  targetMs: (drafted) => 10 + 0.5 * drafted,
  hopMs: 0.5,
  firstMs: 0,
  passMs: 1,
  sureness: { neural: always(12), ngram: always(12) },
  ngramShare: 0,
};

/** Where a draft that is always this sure stops: before a pass, or before proposing. */
function blockLength(prospects: Prospects, acceptance: number): number {
  const { beforePass, toPropose } = plan(prospects);
  let survival = 1;
  for (let k = 0; k < prospects.maxTokens; k++) {
    if (survival < (beforePass[k] as number) || survival * acceptance < (toPropose[k] as number)) return k;
    survival *= acceptance;
  }
  return prospects.maxTokens;
}

/** Leviathan et al., arXiv:2211.17192, theorem 3.8 with a round trip and wider passes: tokens per millisecond. */
function rateOf(k: number, acceptance: number, { hopMs, passMs, targetMs }: Prospects): number {
  const tokens = (1 - acceptance ** (k + 1)) / (1 - acceptance);
  return tokens / (targetMs(k) + (k > 0 ? hopMs + k * passMs : 0));
}

describe('the plan, where acceptance is the same everywhere', () => {
  it.each([2, 5, 8, 10, 12, 13, 14, 15])('stops at the best fixed length, for acceptance in bin %i', (bin) => {
    const acceptance = acceptanceOf(bin);
    const lengths = Array.from({ length: base.maxTokens + 1 }, (_, k) => k);
    const best = Math.max(...lengths.map((k) => rateOf(k, acceptance, base)));
    const prospects = { ...base, sureness: { neural: always(bin), ngram: always(bin) } };
    // Dinkelbach's steps: the rate of a policy prices time for the next one.
    let rate = rateOf(0, acceptance, base);
    for (let step = 0; step < 8; step++) {
      const k = plan({ ...prospects, rate }).gain > 0 ? blockLength({ ...prospects, rate }, acceptance) : 0;
      rate = Math.max(rate, rateOf(k, acceptance, base));
    }
    // Survival is known in steps of 1/32, which moves a long block's end a little.
    expect(rate).toBeGreaterThan(0.997 * best);
    expect(rate).toBeLessThanOrEqual(best);
  });

  it('gains what the formula says, to the resolution of the survival', () => {
    const acceptance = acceptanceOf(12);
    const rate = 0.12;
    const k = blockLength({ ...base, rate }, acceptance);
    const tokens = (1 - acceptance ** (k + 1)) / (1 - acceptance) - 1;
    const extraMs = base.hopMs + k * base.passMs + base.targetMs(k) - base.targetMs(0);
    expect(plan({ ...base, rate }).gain).toBeCloseTo(tokens - rate * extraMs, 1);
  });
});

describe('the plan', () => {
  it('drafts nothing where a draft pass costs a target pass', () => {
    const { gain, passGain, trialLoss } = plan({ ...base, passMs: 10 });
    expect(gain).toBeLessThan(0);
    expect(passGain).toBeLessThan(0);
    expect(trialLoss).toBeCloseTo(base.rate * base.hopMs - passGain, 12);
  });

  it('leaves the model out and still asks, where n-grams alone pay', () => {
    const { beforePass, gain, passGain } = plan({ ...base, passMs: 30, ngramShare: 0.5 });
    expect(passGain).toBeLessThan(0);
    expect(beforePass[0]).toBeGreaterThan(1);
    expect(gain).toBeGreaterThan(0);
  });

  it('goes further with cheaper passes, cheaper rows and a longer way to the draft', () => {
    const length = (change: Partial<Prospects>): number => blockLength({ ...base, ...change }, acceptanceOf(12));
    expect(length({ passMs: 0.2 })).toBeGreaterThan(length({}));
    expect(length({ targetMs: () => 10 })).toBeGreaterThan(length({}));
    // The way is paid once a block; it lowers the rate, and time is worth less.
    expect(length({ rate: 0.06 })).toBeGreaterThan(length({ rate: 0.12 }));
  });

  it('asks for no more than a certain token where time is worth nothing', () => {
    const free = plan({ ...base, rate: 0 });
    expect(Math.max(...free.toPropose)).toBeLessThan(0.01);
  });
});
