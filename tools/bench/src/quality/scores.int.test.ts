import { type Engine, createEngine } from '@outrider/inference';
import { ensureDefaultPair } from '@outrider/models';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { evaluationText } from '../workload/evaluation-text.js';
import { chunksOf } from './command.js';
import { addPositions, figuresOf } from './divergence.js';
import { probabilityOf, scoreChunk } from './scores.js';

const signal = new AbortController().signal;
let engine: Engine;
let tokens: number[];

beforeAll(async () => {
  const { target } = await ensureDefaultPair();
  tokens = (await target.loadTokenizer()).encode(evaluationText());
  engine = await createEngine({ modelDirectory: target.directory, slots: 1, threads: 2, maxCandidates: 16 });
}, 600_000);
afterAll(() => engine.dispose());

it('the text has over 5,000 positions to predict', () => {
  const chunks = chunksOf(tokens, 512);
  expect(chunks.flat()).toEqual(tokens);
  expect(chunks.reduce((positions, chunk) => positions + chunk.length - 1, 0)).toBeGreaterThan(5000);
});

it('scores a text in steps as it does token by token', async () => {
  const chunk = tokens.slice(0, 140);
  const scores = await scoreChunk(engine, chunk, (position) => [chunk[position + 1] as number], signal);
  expect(scores).toHaveLength(139);

  const key = { sessionId: 'oracle', fence: 1n };
  await engine.open(key);
  const sampling = { temperature: 1, topK: 0, topP: 1, seed: 1n };
  for (const [position, token] of chunk.slice(0, -1).entries()) {
    const next = chunk[position + 1] as number;
    const draft = [{ id: next, candidateIds: [next] }];
    const [block] = await engine.scoreBlocks([{ ...key, keepLength: position, tokens: [token], draft, sampling }]);
    const expected = probabilityOf(block?.positions[0] ?? { ids: [], probabilities: [], tailProbability: 1 }, next);
    expect(expected).toBeGreaterThan(0);
    expect(probabilityOf(scores[position] ?? { ids: [], probabilities: [], tailProbability: 1 }, next)).toBe(expected);
  }
  await engine.close(key);
});

it('a model is no further from itself than rounding, and reads its language', async () => {
  const chunk = tokens.slice(0, 100);
  const next = (position: number): number => chunk[position + 1] as number;
  const one = await scoreChunk(engine, chunk, (position) => [next(position)], signal);
  const other = await scoreChunk(engine, chunk, (position) => [...(one[position]?.ids ?? [])], signal);
  const figures = figuresOf(
    addPositions(
      one.map((reference, position) => ({ next: next(position), reference, imported: other[position] ?? reference })),
    ),
  );
  expect(figures).toMatchObject({ positions: 99, perplexityRatio: 1, bestTokenAgreement: 1 });
  expect(figures.meanDivergence).toBeLessThan(1e-6);
  expect(figures.referencePerplexity).toBeGreaterThan(2);
  expect(figures.referencePerplexity).toBeLessThan(200);
});
