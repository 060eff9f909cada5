/**
 * What 8-bit weights cost: the graphs of the default pair as they are imported, against the same weights in floats,
 * over a text that nothing was tuned on.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Model, ensureDefaultGguf, ensureDefaultPair, importDraft, importGguf } from '@outrider/models';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forward } from './forward.js';
import { rowOfToken } from './head-rows.js';
import { KvCache } from './kv-cache.js';
import type { ScoredRow } from './lanes.js';
import { type LoadedModel, loadModel } from './model.js';

/** Tokens that are read in one go, each with a next one to predict. */
const SEQUENCE = 512;
/** Positions at a time: the logits of all of them would take much memory. */
const CHUNK = 64;

const draftAsset = fileURLToPath(new URL('../../models/assets/smollm2-draft-4l', import.meta.url));
const textFile = new URL('../../../tools/bench/workload/evaluation.txt', import.meta.url);

let home: string;
let text: number[];
let imported: { readonly target: Model; readonly draft: Model };
let reference: { readonly target: Model; readonly draft: Model };

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'outrider-import-quality-'));
  imported = await ensureDefaultPair();
  const gguf = await ensureDefaultGguf();
  const options = { home, graph: { precision: 'float' } } as const;
  reference = {
    target: await importGguf(gguf, { ...options, name: 'reference' }),
    draft: await importDraft(draftAsset, gguf, options),
  };
  const tokenizer = await imported.target.loadTokenizer();
  text = tokenizer.encode(await readFile(textFile, 'utf8')).slice(0, 8 * SEQUENCE + 1);
}, 300_000);

afterAll(async () => {
  await rm(home, { recursive: true });
});

/** How two graphs of one model differ, over some positions of the text. */
interface Comparison {
  readonly positions: number;
  /** Mean of sum p ln(p/q) over the whole vocabulary, in nats; p is the reference. */
  readonly divergence: number;
  /** Share of the positions with the same most probable token. */
  readonly agreement: number;
  /** exp of the mean of -ln p(next token); over the tokens that the model has a head row for. */
  readonly perplexities: readonly [reference: number, imported: number];
}

async function compare(expected: Model, found: Model, sequences: number): Promise<Comparison> {
  const models = [await loadModel(expected.directory, 2), await loadModel(found.directory, 2)] as const;
  try {
    const readers = [read(models[0]), read(models[1])] as const;
    let [divergence, agreed, predicted] = [0, 0, 0];
    const losses: [number, number] = [0, 0];
    const positions = sequences * SEQUENCE;
    for (let start = 0; start < positions; start += CHUNK) {
      const rows = [await readers[0](start), await readers[1](start)] as const;
      rows[0].forEach((row, i) => {
        const other = rows[1][i] as ScoredRow;
        const p = logProbabilities(row);
        const q = logProbabilities(other);
        divergence += p.reduce((sum, value, token) => sum + Math.exp(value) * (value - (q[token] as number)), 0);
        if (row.bestRows[0] === other.bestRows[0]) agreed++;
        const next = rowOfToken(models[0], text[start + i + 1] as number);
        if (next === undefined) return;
        predicted++;
        losses[0] -= p[next] as number;
        losses[1] -= q[next] as number;
      });
    }
    return {
      positions,
      divergence: divergence / positions,
      agreement: agreed / positions,
      perplexities: [Math.exp(losses[0] / predicted), Math.exp(losses[1] / predicted)],
    };
  } finally {
    for (const { session } of models) await session.release();
  }
}

/** Reads the text chunk by chunk, and nothing of an earlier sequence. */
function read(model: LoadedModel): (start: number) => Promise<ScoredRow[]> {
  const cache = new KvCache(model.architecture);
  const slot = cache.open();
  return async (start) => {
    if (start % SEQUENCE === 0) cache.truncate(slot, 0);
    const tokens = text.slice(start, start + CHUNK);
    const lane = { slot, tokens, scored: tokens.length, temperature: 1, lawSize: 0, wantsLogits: true };
    return (await forward(model, cache, [lane]))[0] as ScoredRow[];
  };
}

function logProbabilities({ bestLogits, logits }: ScoredRow): Float64Array {
  const values = Float64Array.from(logits as Float32Array, (logit) => logit - bestLogits[0]);
  const logNormalizer = Math.log(values.reduce((sum, value) => sum + Math.exp(value), 0));
  return values.map((value) => value - logNormalizer);
}

function report(name: string, { agreement, divergence, perplexities, positions }: Comparison): void {
  const [before, after] = perplexities.map((value) => value.toFixed(3));
  console.log(
    `${name}, imported against float over ${positions} positions: divergence ${divergence.toFixed(5)} nats, ` +
      `same best token ${(100 * agreement).toFixed(2)} %, perplexity ${after} against ${before}`,
  );
}

describe('an imported graph against its float reference', () => {
  it('of the target: divergence below 0.03 nats, 90 % the same best token, perplexity within 2 %', async () => {
    const comparison = await compare(reference.target, imported.target, 1);
    report('target', comparison);
    const [before, after] = comparison.perplexities;
    expect(before).toBeLessThan(60); // a model that reads the text, or all of this says nothing
    expect(comparison.divergence).toBeGreaterThan(0);
    expect(comparison.divergence).toBeLessThan(0.03);
    expect(comparison.agreement).toBeGreaterThan(0.9);
    expect(Math.abs(after / before - 1)).toBeLessThan(0.02);
  });

  it('of the draft: 97 % the same best token', async () => {
    const comparison = await compare(reference.draft, imported.draft, 8);
    report('draft', comparison);
    const [before, after] = comparison.perplexities;
    expect(comparison.divergence).toBeGreaterThan(0);
    expect(comparison.divergence).toBeLessThan(0.03);
    expect(comparison.agreement).toBeGreaterThan(0.97);
    expect(Math.abs(after / before - 1)).toBeLessThan(0.02);
  });
});
