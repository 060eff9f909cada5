import { type LearnedPredictor, foldRecentAcceptance, keyedRandom, predictAcceptance } from '@outrider/speculation';
import { readLearnedWeights } from '@outrider/speculation';
import { describe, expect, it } from 'vitest';
import { traceHeader, traceText } from '../trace/trace.fixture.js';
import { crossEntropy, evaluate } from './evaluate.js';
import { type Example, examplesOf } from './examples.js';
import { fitHiddenLayer } from './hidden-layer.js';
import { INPUTS } from './inputs.js';
import { fitLogistic } from './logistic.js';
import { solve } from './solve.js';
import { train } from './train.js';

const KNOWN: LearnedPredictor = {
  bias: 1.2,
  weights: { sqrtEntropy: -1.5, logTopProbability: 0.5, index: -0.1, recentAcceptance: 1.5 },
  hidden: [],
};
const BENT: LearnedPredictor = {
  ...KNOWN,
  hidden: [
    { output: -4, bias: -1.2, weights: { sqrtEntropy: 1, logTopProbability: 0, index: 0, recentAcceptance: 0 } },
  ],
};

/** Examples whose chances, or drawn outcomes, come from a known predictor. */
function synthetic(predictor: LearnedPredictor, count: number, drawn: boolean): Example[] {
  const random = keyedRandom(7n);
  return Array.from({ length: count }, (_, i) => {
    const entropy = 5 * random.uniform(i, 'draft', 0);
    const topProbability = 0.05 + 0.95 * random.uniform(i, 'draft', 1);
    const index = Math.floor(8 * random.uniform(i, 'draft', 2));
    const recentAcceptance = random.uniform(i, 'draft', 3);
    const folded = foldRecentAcceptance(predictor, recentAcceptance);
    const chance = predictAcceptance(folded, { entropy, topProbability }, index);
    const accepted = drawn ? Number(random.uniform(i, 'accept') < chance) : chance;
    return {
      prompt: `p${i % 10}`,
      source: 'neural' as const,
      entropy,
      topProbability,
      index,
      recentAcceptance,
      accepted,
    };
  });
}

describe('fitLogistic', () => {
  it('recovers the weights that gave the chances', () => {
    const { bias, hidden, weights } = fitLogistic(synthetic(KNOWN, 4000, false));
    expect(hidden).toEqual([]);
    expect(bias).toBeCloseTo(KNOWN.bias, 1);
    for (const name of INPUTS) {
      expect(weights[name], name).toBeCloseTo(KNOWN.weights[name], 1);
    }
  });

  it('comes near them from outcomes alone', () => {
    const { weights } = fitLogistic(synthetic(KNOWN, 20_000, true));
    for (const name of INPUTS) {
      expect(Math.abs(weights[name] - KNOWN.weights[name]), name).toBeLessThan(0.2);
    }
  });

  it('stays finite where examples are separable, and where an input never changes', () => {
    const examples = synthetic(KNOWN, 200, false).map((example) => ({
      ...example,
      index: 0,
      accepted: Number(example.entropy < 2),
    }));
    const { bias, weights } = fitLogistic(examples);
    for (const value of [bias, ...Object.values(weights)]) expect(Number.isFinite(value)).toBe(true);
    expect(weights.sqrtEntropy).toBeLessThan(-1);
  });
});

describe('fitHiddenLayer', () => {
  const examples = synthetic(BENT, 6000, false);

  it('follows a bend that a logistic predictor cannot', () => {
    const floor = evaluate(BENT, examples).logLoss;
    const bent = evaluate(fitHiddenLayer(examples, { units: 4, epochs: 40 }), examples).logLoss;
    const straight = evaluate(fitLogistic(examples), examples).logLoss;
    expect(straight - floor).toBeGreaterThan(0.002);
    expect(bent - floor).toBeLessThan((straight - floor) / 4);
  });

  it('gives the same for the same seed, and another for another', () => {
    const few = examples.slice(0, 500);
    const fit = (seed: bigint): LearnedPredictor => fitHiddenLayer(few, { units: 2, epochs: 2, seed });
    expect(fit(1n)).toEqual(fit(1n));
    expect(fit(2n)).not.toEqual(fit(1n));
  });
});

describe('evaluate', () => {
  it('finds the known predictor calibrated, and no loss below it', () => {
    const fit = evaluate(KNOWN, synthetic(KNOWN, 2000, false));
    expect(fit.logLoss).toBeCloseTo(fit.leastLogLoss, 10);
    expect(fit.constantLogLoss).toBeGreaterThan(fit.logLoss);
    for (const bin of fit.calibration) {
      expect(bin.meanEstimate).toBeCloseTo(bin.meanAccepted, 10);
      expect(bin.meanEstimate).toBeGreaterThanOrEqual(bin.from);
      expect(bin.meanEstimate).toBeLessThanOrEqual(bin.to);
    }
    expect(fit.calibration.reduce((sum, { examples }) => sum + examples, 0)).toBe(2000);
  });

  it('is the entropy of a coin at the coin’s own chance', () => {
    expect(crossEntropy(0.5, 0.5)).toBeCloseTo(Math.LN2, 14);
    expect(crossEntropy(1, 0.25)).toBeCloseTo(Math.log(4), 14);
    expect(crossEntropy(0, 0.25)).toBeCloseTo(-Math.log(0.75), 14);
  });
});

describe('examplesOf', () => {
  const options = { walks: 1, maxDraftTokens: 1, recentAcceptance: { initial: 0.5, keep: 0.5 }, seed: 1n };

  it('takes each place in its block, and passes over the tokens that the target adds', () => {
    const certain = examplesOf([traceText([1, 1, 1, 1, 1, 1])], options);
    // One drafted, one added.
    expect(certain).toHaveLength(3);
    expect(certain.map(({ index }) => index)).toEqual([0, 0, 0]);
    expect(certain.map(({ recentAcceptance }) => recentAcceptance)).toEqual([0.5, 0.75, 0.875]);
    // A rejected place gives its own token.
    const hopeless = examplesOf([traceText([0, 0, 0])], { ...options, maxDraftTokens: 8 });
    expect(hopeless.map(({ recentAcceptance }) => recentAcceptance)).toEqual([0.5, 0.25, 0.125]);
    expect(hopeless.map(({ accepted }) => accepted)).toEqual([0, 0, 0]);
  });

  it('counts places within blocks of several lengths', () => {
    const long = examplesOf([traceText(Array<number>(200).fill(1))], { ...options, maxDraftTokens: 6 });
    expect(new Set(long.map(({ index }) => index))).toEqual(new Set([0, 1, 2, 3, 4, 5]));
  });

  it('tells the sources apart, and skips places without a draft', () => {
    const examples = examplesOf([traceText([0, 0, 0, 0], { sources: 'ng-n' })], options);
    expect(examples.map(({ source }) => source)).toEqual(['neural', 'ngram', 'neural']);
  });
});

describe('train', () => {
  it('splits by prompt, and gives weights that the policy reads', () => {
    const random = keyedRandom(3n);
    const texts = Array.from({ length: 8 }, (_, t) => {
      const entropy = Array.from({ length: 150 }, (_v, i) => 5 * random.uniform(i, 'draft', t));
      const chances = entropy.map((nats) => 1 / (1 + Math.exp(nats - 2)));
      return traceText(chances, {
        prompt: `p${t}`,
        entropy,
        topProbability: entropy.map((nats) => Math.exp(-nats / 2)),
      });
    });
    const trained = train([{ header: traceHeader(), texts }], { units: 0, walks: 2, holdOutEvery: 4 });
    expect(trained.heldOut).toEqual(['p3', 'p7']);
    expect(readLearnedWeights(JSON.parse(JSON.stringify(trained.weights)))).toEqual(trained.weights);
    const fit = trained.fits.neural;
    expect(fit?.heldOut.logLoss).toBeLessThan(0.9 * (fit?.heldOut.constantLogLoss ?? 0));
    expect(trained.fits.ngram).toBeUndefined();
  });

  it('refuses traces that say too little', () => {
    expect(() => train([{ header: traceHeader(), texts: [traceText([1, 0, 1])] }])).toThrow(/fewer than/);
  });
});

describe('solve', () => {
  it('needs row exchange here, and finds no solution there', () => {
    expect(
      solve(
        [
          [0, 2],
          [1, 1],
        ],
        [4, 3],
      ),
    ).toEqual([1, 2]);
    expect(() =>
      solve(
        [
          [1, 2],
          [2, 4],
        ],
        [1, 1],
      ),
    ).toThrow(RangeError);
  });
});
