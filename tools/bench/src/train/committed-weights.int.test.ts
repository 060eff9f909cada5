import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_LEARNED_WEIGHTS } from '@outrider/models';
import { readLearnedWeights } from '@outrider/speculation';
import { describe, expect, it } from 'vitest';
import { tracesFolder } from '../paths.js';
import { readTrace } from '../trace/file.js';
import { loadPrompts } from '../workload/prompts.js';
import { type Training, train } from './train.js';

interface Committed extends Pick<Training, 'fits'> {
  readonly provenance: {
    readonly heldOutPrompts: readonly string[];
    readonly traces: readonly { readonly file: string }[];
  };
}

describe('the committed weights', async () => {
  const written: unknown = JSON.parse(await readFile(DEFAULT_LEARNED_WEIGHTS, 'utf8'));
  const { fits, provenance } = written as Committed;
  const traces = await Promise.all(
    provenance.traces.map(({ file }) => readTrace(join(tracesFolder, 'training', file))),
  );

  it('come from texts of prompts that are not measured', () => {
    const measured = new Set(loadPrompts().map(({ id }) => id));
    const trained = traces.flatMap(({ texts }) => texts.map(({ prompt }) => prompt));
    expect(new Set(trained).size).toBe(loadPrompts('training').length);
    for (const prompt of trained) expect(measured).not.toContain(prompt);
  });

  it('are what training gives from the committed traces, as good on the texts held out as they say', () => {
    const again = train(traces);
    expect(again.heldOut).toEqual(provenance.heldOutPrompts);
    const { neural } = readLearnedWeights(written);
    expect(again.weights.neural.bias).toBeCloseTo(neural.bias, 3);
    expect(again.weights.neural.hidden).toHaveLength(neural.hidden.length);
    expect(again.fits.neural?.heldOut.logLoss).toBeCloseTo(fits.neural?.heldOut.logLoss as number, 4);
  });

  it('are calibrated on them, and tell more than one estimate for all', () => {
    const {
      calibration,
      constantLogLoss,
      examples: total,
      logLoss,
    } = fits.neural?.heldOut as Exclude<typeof fits.neural, undefined>['heldOut'];
    expect(logLoss).toBeLessThan(constantLogLoss - 0.1);
    // The expected calibration error. Few prompts are held out, so that single bins may be further off.
    const error = calibration.map(
      ({ examples, meanAccepted, meanEstimate }) => examples * Math.abs(meanAccepted - meanEstimate),
    );
    expect(error.reduce((sum, each) => sum + each, 0) / total).toBeLessThan(0.06);
  });
});
