/** Imports a small model with the real graph builder into a cache of its own. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hashFile } from '../store/file-hash.js';
import { openModel } from '../store/model-folder.js';
import { listModels, removeModel } from '../store/model-list.js';
import { scratchFolders } from '../scratch-folder.fixture.js';
import { tinyGguf, TINY_VOCABULARY } from '../weights/tiny-model.fixture.js';
import { importGguf } from './import-gguf.js';
import type { ImportProgress } from './progress.js';

const scratch = scratchFolders();
const gguf = (family: 'llama' | 'qwen2' = 'llama') => scratch.file('Tiny Model.Q8_0.gguf', tinyGguf(family));
const staged = (home: string) => (existsSync(join(home, 'staging')) ? readdirSync(join(home, 'staging')) : []);
const models = (home: string) => (existsSync(join(home, 'models')) ? readdirSync(join(home, 'models')) : []);

describe('importGguf', () => {
  it.each(['llama', 'qwen2'] as const)('makes a model folder of a %s file', async (family) => {
    const home = scratch.make();
    const path = gguf(family);
    const progress: ImportProgress[] = [];
    const model = await importGguf(path, { home, onProgress: (each) => progress.push(each) });
    expect(model.directory).toBe(join(home, 'models', 'tiny-model.q8_0'));
    expect(readdirSync(model.directory).sort()).toEqual(
      [
        'chat_template.jinja',
        'graph.onnx',
        'model.json',
        'tokenizer.json',
        'tokenizer_config.json',
        'weights.bin',
      ].sort(),
    );
    const { manifest } = model;
    expect(manifest).toMatchObject({
      name: 'tiny-model.q8_0',
      endTokenIds: [0, 2],
      licence: 'apache-2.0',
      provenance: {
        format: 'GGUF',
        file: 'Tiny Model.Q8_0.gguf',
        modelName: 'Tiny',
        sha256: (await hashFile(path)).sha256,
      },
      architecture: { family, vocabularySize: TINY_VOCABULARY },
    });
    expect(manifest.beginTokenId).toBeUndefined();
    expect(manifest.tokenizerFingerprint).toBe((await hashFile(join(model.directory, 'tokenizer.json'))).sha256);
    expect(progress.at(-1)).toMatchObject({ stage: 'import', subject: 'tiny-model.q8_0', done: 3, total: 3 });
    expect(staged(home)).toEqual([]);
  });

  it('gives a model whose tokenizer works', async () => {
    const model = await importGguf(gguf(), { home: scratch.make() });
    const tokenizer = await model.loadTokenizer();
    expect(tokenizer.size).toBe(TINY_VOCABULARY);
    const ids = tokenizer.encodeChat([{ role: 'user', content: 'hello <|im_end|>' }]);
    expect(tokenizer.decode(ids, { special: true })).toBe(
      '<|im_start|>user\nhello <|im_end|><|im_end|>\n<|im_start|>assistant\n',
    );
    expect(ids.filter((id) => id === 2)).toHaveLength(1);
  });

  it('gives the same fingerprints each time', async () => {
    const home = scratch.make();
    const path = gguf();
    const first = await importGguf(path, { home, name: 'a' });
    const second = await importGguf(path, { home, name: 'b' });
    expect(second.manifest.fingerprint).toBe(first.manifest.fingerprint);
    expect(second.manifest.tokenizerFingerprint).toBe(first.manifest.tokenizerFingerprint);
    const other = await importGguf(gguf('qwen2'), { home, name: 'c' });
    expect(other.manifest.fingerprint).not.toBe(first.manifest.fingerprint);
    expect(other.manifest.tokenizerFingerprint).not.toBe(first.manifest.tokenizerFingerprint);
  });

  it('leaves one whole model when several import it at once', async () => {
    const home = scratch.make();
    const path = gguf();
    const imported = await Promise.all(Array.from({ length: 4 }, () => importGguf(path, { home, name: 'm' })));
    expect(new Set(imported.map(({ manifest }) => manifest.fingerprint)).size).toBe(1);
    expect((await openModel(join(home, 'models', 'm'), { verify: true })).manifest.name).toBe('m');
    expect(staged(home)).toEqual([]);
    expect(models(home)).toEqual(['m']);
  });

  it('leaves nothing behind when it fails or is aborted, and keeps the model that was there', async () => {
    const home = scratch.make();
    const path = gguf();
    const before = await importGguf(path, { home, name: 'm' });
    const whole = tinyGguf();
    writeFileSync(path, whole.subarray(0, whole.length - 500));
    await expect(importGguf(path, { home, name: 'm' })).rejects.toMatchObject({ code: 'corrupt' });
    const holed = Buffer.from(whole);
    holed.fill(0xff, whole.length - 500); // the last weights are NaN, which is only seen when they are read
    writeFileSync(path, holed);
    await expect(importGguf(path, { home, name: 'm' })).rejects.toMatchObject({ code: 'corrupt' });
    writeFileSync(path, whole);
    await expect(importGguf(path, { home, name: 'm', signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    });
    const controller = new AbortController();
    const aborting = importGguf(path, {
      home,
      name: 'm',
      signal: controller.signal,
      onProgress: ({ done }) => done > 0 && controller.abort(),
    });
    await expect(aborting).rejects.toMatchObject({ code: 'aborted' });
    expect(staged(home)).toEqual([]);
    expect((await openModel(before.directory, { verify: true })).manifest).toEqual(before.manifest);
  });

  it('refuses a bad name before any work', async () => {
    await expect(importGguf(gguf(), { home: scratch.make(), name: '../m' })).rejects.toMatchObject({
      code: 'invalid_argument',
    });
    await expect(importGguf('/nonexistent.gguf', { home: scratch.make() })).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

describe('openModel', () => {
  it('notices missing, resized and changed files', async () => {
    const { directory } = await importGguf(gguf(), { home: scratch.make() });
    const weights = join(directory, 'weights.bin');
    const original = readFileSync(weights);
    const damaged = Buffer.from(original);
    damaged[10] = (damaged[10] ?? 0) ^ 1;
    writeFileSync(weights, damaged);
    await openModel(directory);
    await expect(openModel(directory, { verify: true })).rejects.toMatchObject({ code: 'checksum_mismatch' });
    writeFileSync(weights, original.subarray(1));
    await expect(openModel(directory)).rejects.toMatchObject({ code: 'corrupt' });
    rmSync(weights);
    await expect(openModel(directory)).rejects.toMatchObject({ code: 'corrupt' });
    await expect(openModel(join(directory, 'nothing'))).rejects.toMatchObject({ code: 'not_found' });
  });

  it('calls a folder of another graph version stale', async () => {
    const { directory, manifest } = await importGguf(gguf(), { home: scratch.make() });
    writeFileSync(join(directory, 'model.json'), JSON.stringify({ ...manifest, graphVersion: 'older' }));
    await expect(openModel(directory)).rejects.toMatchObject({ code: 'stale' });
  });
});

describe('listModels and removeModel', () => {
  it('list what is there, usable or not, and remove it', async () => {
    const home = scratch.make();
    expect(await listModels({ home })).toEqual([]);
    await importGguf(gguf(), { home, name: 'good' });
    const broken = await importGguf(gguf(), { home, name: 'broken' });
    rmSync(join(broken.directory, 'graph.onnx'));
    const listed = await listModels({ home });
    expect(listed.map((each) => [each.name, 'model' in each ? 'usable' : each.problem.code])).toEqual([
      ['broken', 'corrupt'],
      ['good', 'usable'],
    ]);
    await removeModel('broken', { home });
    await removeModel('good', { home });
    expect(models(home)).toEqual([]);
    expect(staged(home)).toEqual([]);
    await expect(removeModel('good', { home })).rejects.toMatchObject({ code: 'not_found' });
  });
});
