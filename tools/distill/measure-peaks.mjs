/**
 * Measures the default target's activation peaks, which the importer smooths 8-bit activations with, on chats of the
 * benchmark's prompts and the target's own sampled answers, and writes them as a safetensors file.
 *
 *   npx tsc -b && node tools/distill/measure-peaks.mjs
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createEngine } from '@outrider/inference';
import { measureActivationPeaks } from '@outrider/inference/activation-peaks';
import { buildGraph, ensureDefaultGguf, ensureDefaultPair, ggufWeights, openGguf } from '@outrider/models';
import { drawToken, keyedRandom } from '@outrider/speculation';

const ANSWER_TOKENS = 160;
const root = fileURLToPath(new URL('../..', import.meta.url));
const place = join(root, 'libs/models/assets/smollm2-135m-instruct');

const { prompts } = JSON.parse(await readFile(join(root, 'tools/bench/workload/prompts.json'), 'utf8'));
const { target } = await ensureDefaultPair();
const tokenizer = await target.loadTokenizer();

const sequences = [tokenizer.encode(await readFile(join(root, 'LICENSE'), 'utf8')).slice(0, 1024)];
const engine = await createEngine({ modelDirectory: target.directory, slots: 1, threads: 2, maxCandidates: 64 });
for (const [i, prompt] of prompts.entries()) {
  sequences.push(await answer(tokenizer.encodeChat(prompt.messages), BigInt(i)));
  process.stderr.write(`\ranswered ${i + 1} of ${prompts.length}`);
}
await engine.dispose();

const directory = await mkdtemp(join(tmpdir(), 'outrider-peaks-'));
try {
  const file = openGguf(await ensureDefaultGguf());
  const weights = ggufWeights(file);
  await buildGraph(weights, directory, { precision: 'blocks', measurePeaks: true });
  file.close();
  const peaks = await measureActivationPeaks(directory, weights.architecture, sequences, (done, total) =>
    process.stderr.write(`\rmeasured ${done} of ${total}   `),
  );
  await mkdir(place, { recursive: true });
  await writeFile(join(place, 'activation-peaks.safetensors'), safetensors(peaks));
  process.stderr.write(`\n${sequences.flat().length} tokens\n`);
} finally {
  await rm(directory, { recursive: true, force: true });
}

/** Draws from the target's 64 most probable tokens. */
async function answer(prompt, seed) {
  const key = { sessionId: `peaks-${seed}`, fence: 1n };
  const sampling = { temperature: 1, topK: 64, topP: 1, seed };
  const random = keyedRandom(seed);
  const tokens = [...prompt];
  await engine.open(key);
  for (let keepLength = 0; tokens.length < prompt.length + ANSWER_TOKENS;) {
    const block = { ...key, keepLength, tokens: tokens.slice(keepLength), draft: [], sampling };
    const [scores] = await engine.scoreBlocks([block]);
    keepLength = tokens.length;
    tokens.push(drawToken(scores.positions[0], random.uniform(keepLength, 'bonus')));
    if (target.manifest.endTokenIds.includes(tokens.at(-1))) break;
  }
  await engine.close(key);
  return tokens;
}

/** Format: 8-byte header length, JSON header, little-endian data. */
function safetensors(tensors) {
  const header = {};
  const parts = [];
  let offset = 0;
  for (const [name, values] of Object.entries(tensors)) {
    header[name] = { dtype: 'F32', shape: [values.length], data_offsets: [offset, offset + values.byteLength] };
    parts.push(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
    offset += values.byteLength;
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...parts]);
}
