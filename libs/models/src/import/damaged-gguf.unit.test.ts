import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ModelError } from '../error.js';
import { openGguf, type GgufFile } from '../gguf/file.js';
import { scratchFolders } from '../scratch-folder.fixture.js';
import { endTokenIds } from '../tokenizer/end-tokens.js';
import { ggufTokenizer } from '../tokenizer/gguf-tokenizer.js';
import { tokenizerFrom } from '../tokenizer/tokenizer.js';
import { ggufWeights } from '../weights/gguf-weights.js';
import { tinyGguf } from '../weights/tiny-model.fixture.js';

const scratch = scratchFolders();

/** All that an import reads before it writes. */
function readAll(path: string): void {
  let file: GgufFile | undefined;
  try {
    file = openGguf(path);
    const weights = ggufWeights(file);
    weights.read('model.layers.1.self_attn.q_proj.weight');
    const tokenizer = ggufTokenizer(file.metadata);
    endTokenIds(file.metadata, tokenizer.json);
    const { encodeChat, encode } = tokenizerFrom(tokenizer);
    encode('hello <|im_end|> 123');
    encodeChat([{ role: 'user', content: 'hello' }]);
  } finally {
    file?.close();
  }
}

it('answers damage anywhere in a whole model file with a reading of it or a ModelError', () => {
  const original = tinyGguf();
  const headerEnd = original.indexOf('blk.1.ffn_down.weight') + 64;
  const path = scratch.file('model.gguf', original);
  readAll(path);
  // Single bytes as well as whole fields: counts, lengths, ids and offsets are 4 or 8 bytes.
  const at = fc.nat(headerEnd - 9);
  const change = fc.oneof(
    fc.record({ at, bytes: fc.uint8Array({ minLength: 1, maxLength: 1 }) }),
    fc.record({ at, bytes: fc.uint8Array({ minLength: 8, maxLength: 8 }) }),
    fc.record({
      at,
      bytes: fc.constantFrom(new Uint8Array(8), new Uint8Array(8).fill(255), new Uint8Array(4).fill(127)),
    }),
  );
  let refused = 0;
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
      const bytes = Buffer.from(original);
      for (const each of changes) bytes.set(each.bytes, each.at);
      writeFileSync(path, bytes);
      try {
        readAll(path);
      } catch (reason) {
        expect(reason).toBeInstanceOf(ModelError);
        refused++;
      }
    }),
    { numRuns: 2000, seed: 20240518 },
  );
  expect(refused).toBeGreaterThan(500);
});
