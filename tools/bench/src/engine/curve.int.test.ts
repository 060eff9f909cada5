import { createEngine } from '@outrider/inference';
import { ensureDefaultPair } from '@outrider/models';
import { expect, it } from 'vitest';
import { evaluationText } from '../workload/evaluation-text.js';
import { measureCurve } from './curve.js';

it('measures each width at each context and temperature, and the draft', async () => {
  const { target, draft } = await ensureDefaultPair();
  const text = (await target.loadTokenizer()).encode(evaluationText());
  const open = (modelDirectory: string) => createEngine({ modelDirectory, slots: 2, threads: 2, maxCandidates: 8 });
  const engines = { target: await open(target.directory), draft: await open(draft.directory) };
  try {
    const plan = { widths: [1, 5], contexts: [20, 70], temperatures: [0, 1], repeat: 2, candidates: 8 };
    const quiet = { report: () => undefined, note: () => undefined, end: () => undefined };
    const points = await measureCurve(plan, engines, text, quiet, new AbortController().signal);
    expect(
      points.map(({ temperature, context, what, width }) => [temperature, context, what, width].join(' ')),
    ).toEqual(
      [0, 1].flatMap((temperature) =>
        [20, 70].flatMap((context) => [
          `${temperature} ${context} target 1`,
          `${temperature} ${context} target 5`,
          `${temperature} ${context} draft 1`,
        ]),
      ),
    );
    for (const { medianMs, minMs, medianCallMs, ratioToOne, what, width } of points) {
      expect(minMs).toBeGreaterThan(0);
      expect(medianMs).toBeGreaterThanOrEqual(minMs);
      expect(medianCallMs).toBeGreaterThanOrEqual(minMs);
      if (what === 'target' && width === 1) expect(ratioToOne).toBe(1);
    }
  } finally {
    await Promise.all(Object.values(engines).map((engine) => engine.dispose()));
  }
}, 600_000);
