/** The default target's own file, from the cache or the package index: its weights and tokens against references. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { openGguf, type GgufFile } from '../gguf/file.js';
import { endTokenIds } from '../tokenizer/end-tokens.js';
import { ggufTokenizer } from '../tokenizer/gguf-tokenizer.js';
import { readFixture, type ReferenceCases } from '../tokenizer/small-tokenizers.fixture.js';
import { anyText } from '../tokenizer/text-arbitraries.fixture.js';
import { tokenizerFrom, type Tokenizer } from '../tokenizer/tokenizer.js';
import { ggufWeights } from '../weights/gguf-weights.js';
import { ensureDefaultGguf } from './default-pair.js';

interface ReferenceWeight {
  readonly shape: readonly number[];
  readonly absoluteSum: number;
  readonly placedSum: number;
  readonly values: readonly (readonly [number, number])[];
}

/** Made by tools/verify/weights-fixtures.py. */
const weights: Record<string, ReferenceWeight> = JSON.parse(
  readFileSync(new URL('../weights/smollm2.fixture.json', import.meta.url), 'utf8'),
);
/** Made by tools/verify/tokenizer-fixtures.py. */
const tokens = readFixture<ReferenceCases>('./smollm2.fixture.json');

let file: GgufFile;
let tokenizer: Tokenizer;
beforeAll(async () => {
  file = openGguf(await ensureDefaultGguf());
  tokenizer = tokenizerFrom(ggufTokenizer(file.metadata));
});
afterAll(() => file.close());

describe('the weights of SmolLM2-135M-Instruct', () => {
  it('has the dimensions of the model', () => {
    expect(ggufWeights(file).architecture).toEqual({
      family: 'llama',
      hiddenSize: 576,
      layers: 30,
      heads: 9,
      keyValueHeads: 3,
      headSize: 64,
      feedForwardSize: 1536,
      vocabularySize: 49152,
      contextLength: 8192,
      rmsNormEpsilon: 1e-5,
      ropeTheta: 100000,
    });
    expect(ggufWeights(file).has('lm_head.weight')).toBe(false);
  });

  it.each(Object.entries(weights))('%s agrees with the reference', (name, expected) => {
    const { shape, data } = ggufWeights(file).read(name);
    expect(shape).toEqual(expected.shape);
    for (const [place, value] of expected.values) expect(data[place]).toBeCloseTo(value, 6);
    let [absoluteSum, placedSum] = [0, 0];
    for (let i = 0; i < data.length; i++) {
      absoluteSum += Math.abs(data[i]!);
      placedSum += data[i]! * ((i % 97) + 1);
    }
    expect(Math.abs(absoluteSum - expected.absoluteSum)).toBeLessThan(1e-7 * expected.absoluteSum);
    expect(Math.abs(placedSum - expected.placedSum)).toBeLessThan(1e-5 * expected.absoluteSum);
  });
});

describe('the tokenizer of SmolLM2-135M-Instruct', () => {
  it.each(tokens.texts)('encodes %j as the reference does', (text, ids) => {
    expect(tokenizer.encode(text)).toEqual(ids);
    expect(tokenizer.decode(ids)).toBe(text);
  });

  it.each(tokens.chats)('encodes the chat %j as the reference does', (messages, ids) => {
    expect(tokenizer.encodeChat(messages)).toEqual(ids);
  });

  it('ends at <|im_end|> and <|endoftext|>', () => {
    expect(endTokenIds(file.metadata, ggufTokenizer(file.metadata).json)).toEqual([0, 2]);
  });

  it('gives random text back, but for the characters its vocabulary lacks bytes for', () => {
    // Six control characters, and the planes whose UTF-8 starts with F1 or F2.
    const lacking = /[\u0004\u0006\u0013\u0014\u0016\u001d\u{40000}-\u{bffff}]/gu;
    let replaced = 0;
    fc.assert(
      fc.property(anyText(['<|im_start|>', '<|im_end|>', '<|endoftext|>', '<repo_name>']), (text) => {
        const expected = text.replace(lacking, '\ufffd');
        if (expected !== text) replaced++;
        const ids = tokenizer.encode(text);
        expect(tokenizer.decode(ids)).toBe(expected);
        expect(ids.some((id) => tokenizer.isSpecial(id))).toBe(false);
        const decoder = tokenizer.streamDecoder();
        expect(ids.map((id) => decoder.push(id)).join('') + decoder.flush()).toBe(expected);
      }),
      { numRuns: 3000, seed: 20240518 },
    );
    expect(replaced).toBeGreaterThan(0);
  });
});
