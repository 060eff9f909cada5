import { describe, expect, it } from 'vitest';
import { chiSquareTest, chiSquareTwoSampleTest, countKeys } from './chi-square.js';
import { logGamma, regularizedGammaQ } from './incomplete-gamma.js';
import { seededRandom } from './seeded-random.js';

const counts = (...values: number[]) => new Map(values.map((value, i) => [String(i), value]));
const uniform = (n: number) => counts(...Array.from({ length: n }, () => 1 / n));

describe('incomplete gamma', () => {
  it('agrees with ln of factorials', () => {
    let factorial = 1;
    for (let n = 1; n <= 20; n++) {
      expect(logGamma(n)).toBeCloseTo(Math.log(factorial), 12);
      factorial *= n;
    }
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 13);
  });

  it('agrees with closed forms: Q(1, x) = e^-x and Q(n, x) as a Poisson sum', () => {
    for (const x of [0.01, 0.5, 1, 3, 10, 40]) {
      expect(regularizedGammaQ(1, x)).toBeCloseTo(Math.exp(-x), 13);
      let term = Math.exp(-x);
      let poisson = 0;
      for (let n = 1; n <= 12; n++) {
        poisson += term;
        term *= x / n;
        expect(regularizedGammaQ(n, x)).toBeCloseTo(poisson, 12);
      }
    }
  });

  it('gives the 5 % and 0.1 % points of printed chi-square tables', () => {
    for (const [degrees, five, tenth] of [
      [1, 3.841, 10.828],
      [5, 11.07, 20.515],
      [10, 18.307, 29.588],
      [30, 43.773, 59.703],
    ] as const) {
      expect(regularizedGammaQ(degrees / 2, five / 2)).toBeCloseTo(0.05, 4);
      expect(regularizedGammaQ(degrees / 2, tenth / 2)).toBeCloseTo(0.001, 5);
    }
  });
});

describe('chi-square tests', () => {
  it('computes the textbook die', () => {
    const result = chiSquareTest(counts(5, 8, 9, 8, 10, 20), uniform(6));
    expect(result.statistic).toBeCloseTo(13.4, 10);
    expect(result.degreesOfFreedom).toBe(5);
    expect(result.pValue).toBeCloseTo(0.0199, 4);
  });

  it('computes a 2 by 2 table', () => {
    const result = chiSquareTwoSampleTest(counts(20, 30), counts(30, 20));
    expect(result.statistic).toBeCloseTo(4, 10);
    expect(result.degreesOfFreedom).toBe(1);
    expect(result.pValue).toBeCloseTo(0.0455, 4);
  });

  it('refutes a law that excludes what was seen', () => {
    expect(chiSquareTest(counts(99, 1), counts(1, 0)).pValue).toBe(0);
  });

  it('pools cells that are expected too rarely', () => {
    const result = chiSquareTest(counts(50, 44, 3, 2, 1), counts(0.5, 0.44, 0.02, 0.02, 0.02));
    expect(result.degreesOfFreedom).toBe(2);
    expect(result.pValue).toBeCloseTo(1, 10);
  });

  it('has uniform p-values under the hypothesis: 5 % of them below 0.05', () => {
    const random = seededRandom(11);
    const sample = () => countKeys(Array.from({ length: 300 }, () => String(Math.floor(random() * 4))));
    const trials = 2000;
    let one = 0;
    let two = 0;
    for (let i = 0; i < trials; i++) {
      if (chiSquareTest(sample(), uniform(4)).pValue < 0.05) one++;
      if (chiSquareTwoSampleTest(sample(), sample()).pValue < 0.05) two++;
    }
    // Four standard deviations of a binomial count around 100.
    expect(Math.abs(one - 100)).toBeLessThan(40);
    expect(Math.abs(two - 100)).toBeLessThan(40);
  });
});
